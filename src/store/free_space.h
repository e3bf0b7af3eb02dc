// How much room the disk of a folder has left. A part of it is kept for what takes something away, and for
// the store's own work: on a disk that is full to the last byte nothing could be deleted any more.
//
// Threads: any.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace hearth::store {

class FreeSpace {
 public:
  // Of the disk, at most kReservedBytesMax.
  static constexpr uint64_t kReservedShare = 16;
  static constexpr uint64_t kReservedBytesMax = 256 * 1024 * 1024;

  explicit FreeSpace(std::string folder) : folder_(std::move(folder)) {}

  // Fails with "StoreFull" when only the reserve is left. While there is more, the disk is asked ten times a
  // second at most.
  Status check();

 private:
  bool ask() const;

  const std::string folder_;
  std::atomic<int64_t> asked_at_ = 0;  // 0: not yet, or there was no more
};

// Of whom the reserve is kept from.
Error disk_full();

}  // namespace hearth::store
