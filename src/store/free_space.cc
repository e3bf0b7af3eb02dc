#include "store/free_space.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "base/clock.h"

namespace hearth::store {
namespace {

constexpr int64_t kBetweenNs = 100'000'000;

}  // namespace

Error disk_full() {
  return {.code = "StoreFull", .message = "no space left on the disk of the data directory"};
}

// A disk that cannot be asked will say so itself when it is written to.
int64_t FreeSpace::left_bytes() const {
  struct statvfs disk{};
  if (statvfs(folder_.c_str(), &disk) != 0) return INT64_MAX;
  const uint64_t total = uint64_t{disk.f_blocks} * disk.f_frsize;
  const uint64_t left = uint64_t{disk.f_bavail} * disk.f_frsize;
  return static_cast<int64_t>(left) -
         static_cast<int64_t>(std::min(total / kReservedShare, kReservedBytesMax));
}

Status FreeSpace::check(uint64_t size_bytes) {
  const auto size = static_cast<int64_t>(size_bytes);
  const int64_t now = system_clock().steady_now().time_since_epoch().count();
  const bool is_fresh = now - asked_at_.load(std::memory_order_relaxed) < kBetweenNs;
  if (is_fresh && left_bytes_.fetch_sub(size, std::memory_order_relaxed) > size) return {};
  const int64_t left = left_bytes() - size;
  asked_at_.store(now, std::memory_order_relaxed);
  left_bytes_.store(left, std::memory_order_relaxed);
  return left > 0 ? Status() : fail(disk_full());
}

}  // namespace hearth::store
