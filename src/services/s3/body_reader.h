// Reads encrypted bodies that lie in files: a few blocks at a time are read and opened on the pool while
// those before are on their way to the client, so memory is bounded and only touched blocks are read.
#pragma once
#include <memory>
#include <string>

#include "io/body.h"
#include "io/thread_pool.h"

namespace hearth::services::s3 {

struct EncryptedFile {
  Fd file;
  std::string key;
  uint64_t size_bytes = 0;  // of the body
  std::string name;         // for the log, should it be damaged
};

// The bytes of a range of the body, which it has. "CorruptObject" ends the stream where a block does not
// open, before any byte of it is given out; the log says of which body and block. The pool outlives it.
std::unique_ptr<io::BodySource> read_encrypted(EncryptedFile file, uint64_t offset, uint64_t size_bytes,
                                               io::ThreadPool& pool);

}  // namespace hearth::services::s3
