// A disk that fails on demand, for tests: the error number that the next write or sync of the write-ahead log
// gives, until it is set back to 0.
#pragma once
#include <atomic>

namespace hearth::store::rocks {

struct Faults {
  std::atomic<int> log_write_error = 0;
  // Bytes of the failing write that reach the file all the same.
  std::atomic<size_t> log_write_bytes_kept = 0;
  std::atomic<int> log_sync_error = 0;
  std::atomic<bool> log_cut_fails = false;
};

}  // namespace hearth::store::rocks
