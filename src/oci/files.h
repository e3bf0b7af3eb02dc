// Files by their paths: those of a folder, or those in a tar archive, compressed by gzip or not at all. What
// blocks runs on the pool. Codes: "ImageNotFound" when there is no such file, "ImageInvalid",
// "ImageUnavailable".
#pragma once
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/task.h"
#include "io/body.h"
#include "io/thread_pool.h"

namespace hearth::oci {

class Files {
 public:
  virtual ~Files() = default;
  // The path has no "..", and no link leads out.
  virtual Async<io::Body> open(std::string path) = 0;

  Async<std::string> read(std::string path, uint64_t bytes_max);

  static std::unique_ptr<Files> in_folder(Fd folder, io::ThreadPool& pool);
  static std::unique_ptr<Files> in_archive(Fd archive, io::ThreadPool& pool);
};

}  // namespace hearth::oci
