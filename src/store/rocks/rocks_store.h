// The embedded back end: RocksDB in a folder of its own, behind one committer that shares a sync among all that wait.
#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "io/thread_pool.h"
#include "store/backend.h"

namespace hearth::store::rocks {

struct RocksOptions {
  size_t block_cache_bytes = 8 << 20;
  size_t write_buffer_bytes = 8 << 20;
};

// Opens or makes the database. `readers` does what must wait for the disk; clock and pool outlive the back end.
// Codes "StoreIo", "StoreFull", "StoreCorrupt".
Result<std::unique_ptr<Backend>> open(const std::string& folder, io::ThreadPool& readers, const Clock& clock,
                                      RocksOptions options = {});

}  // namespace hearth::store::rocks
