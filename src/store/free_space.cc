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
bool FreeSpace::ask() const {
  struct statvfs disk{};
  if (statvfs(folder_.c_str(), &disk) != 0) return true;
  const uint64_t total = uint64_t{disk.f_blocks} * disk.f_frsize;
  const uint64_t left = uint64_t{disk.f_bavail} * disk.f_frsize;
  return left > std::min(total / kReservedShare, kReservedBytesMax);
}

Status FreeSpace::check() {
  const int64_t now = system_clock().steady_now().time_since_epoch().count();
  const int64_t asked_at = asked_at_.load(std::memory_order_relaxed);
  if (asked_at != 0 && now - asked_at < kBetweenNs) return {};
  const bool has_more = ask();
  asked_at_.store(has_more ? now : 0, std::memory_order_relaxed);
  return has_more ? Status() : fail(disk_full());
}

}  // namespace hearth::store
