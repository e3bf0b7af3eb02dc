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
  static constexpr uint64_t kReservedShare = 8;
  static constexpr uint64_t kReservedBytesMax = 256 * 1024 * 1024;

  explicit FreeSpace(std::string folder) : folder_(std::move(folder)) {}

  // Whether so much may be written. Fails with "StoreFull" when only the reserve would be left. The disk is
  // asked ten times a second at most, and when what it had left then is used up.
  Status check(uint64_t size_bytes);

 private:
  // Beyond the reserve.
  int64_t left_bytes() const;

  const std::string folder_;
  std::atomic<int64_t> asked_at_ = 0;
  std::atomic<int64_t> left_bytes_ = 0;  // at most, as far as we know
};

// Of whom the reserve is kept from.
Error disk_full();

}  // namespace hearth::store
