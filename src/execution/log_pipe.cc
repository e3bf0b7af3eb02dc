#include "execution/log_pipe.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace hearth::execution {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kDrainBytesMax = 1024 * 1024;
constexpr int kReadsBeforeYield = 8;

}  // namespace

LogPipe::LogPipe(Fd fd, std::function<void(std::string line)> take)
    : descriptor_(std::move(fd)), take_(std::move(take)) {}

ssize_t LogPipe::read_some() {
  std::array<char, kReadBytes> buffer;
  ssize_t count = 0;
  do {
    count = read(descriptor_.get(), buffer.data(), buffer.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) return errno == EAGAIN ? 0 : -1;
  if (count == 0) return -1;
  partial_.append(buffer.data(), static_cast<size_t>(count));
  split();
  return count;
}

void LogPipe::split() {
  size_t start = 0;
  for (;;) {
    const size_t end = partial_.find('\n', start);
    if (end == std::string::npos) break;
    if (end > start) take_(partial_.substr(start, end - start));
    start = end + 1;
  }
  partial_.erase(0, start);
  while (partial_.size() >= kLineBytesMax) {
    take_(partial_.substr(0, kLineBytesMax));
    partial_.erase(0, kLineBytesMax);
  }
}

Task<void> LogPipe::run() {
  for (int reads = 0;;) {
    const ssize_t count = read_some();
    if (count < 0) break;
    if (count == 0) {
      co_await descriptor_.readable();
      reads = 0;
    } else if (++reads == kReadsBeforeYield) {
      co_await io::yield_now();
      reads = 0;
    }
  }
  flush();
}

void LogPipe::drain() {
  size_t total = 0;
  while (total < kDrainBytesMax) {
    const ssize_t count = read_some();
    if (count <= 0) return;
    total += static_cast<size_t>(count);
  }
}

void LogPipe::flush() {
  if (!partial_.empty()) take_(std::exchange(partial_, {}));
}

}  // namespace hearth::execution
