#include "execution/log_pipe.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/endian/conversion.hpp>
#include <cerrno>

namespace hearth::execution {
namespace {

constexpr std::string_view kFrameMark("\xa5\x5a\0", 3);  // no text has this: it is not UTF-8
constexpr size_t kFrameHeadBytes = 8;
constexpr size_t kFrameTimeBytes = 8;
constexpr char kFrameHasTime = 2;

constexpr size_t kLogReadBytes = 16 * 1024;
constexpr size_t kDrainBytesMax = 1024 * 1024;
constexpr int kReadsBeforeYield = 8;

}  // namespace

LogPipe::LogPipe(Fd fd, std::function<void(std::string line)> take)
    : descriptor_(std::move(fd)), take_(std::move(take)) {}

ssize_t LogPipe::read_some() {
  std::array<char, kLogReadBytes> buffer;
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

void LogPipe::give(std::string_view event) {
  if (!event.empty()) take_(std::string(event));
}

void LogPipe::split() {
  std::string_view text = partial_;
  while (frame_left_ > 0 || text.starts_with(kFrameMark) ? take_frame(text) : take_line(text)) {
  }
  partial_.erase(0, partial_.size() - text.size());
}

bool LogPipe::take_frame(std::string_view& text) {
  if (frame_left_ == 0) {
    if (text.size() < kFrameHeadBytes) return false;
    const size_t head_bytes = kFrameHeadBytes + ((text[3] & kFrameHasTime) != 0 ? kFrameTimeBytes : 0);
    if (text.size() < head_bytes) return false;
    frame_left_ = boost::endian::load_big_u32(reinterpret_cast<const unsigned char*>(text.data()) + 4);
    text.remove_prefix(head_bytes);
    return true;
  }
  const size_t size = std::min(frame_left_, kLineBytesMax);
  if (text.size() < size) return false;
  frame_left_ -= size;
  const bool line_feed = frame_left_ == 0 && text[size - 1] == '\n';
  give(text.substr(0, line_feed ? size - 1 : size));
  text.remove_prefix(size);
  return true;
}

bool LogPipe::take_line(std::string_view& text) {
  size_t end = text.find('\n');
  const size_t frame = text.substr(0, end).find(kFrameMark);
  const size_t next = frame != std::string_view::npos ? frame : end + 1;
  end = std::min({end, frame, kLineBytesMax});
  if (end > text.size() || (end == text.size() && end < kLineBytesMax)) return false;
  give(text.substr(0, end));
  text.remove_prefix(end == kLineBytesMax ? end : next);
  return true;
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
  give(std::exchange(partial_, {}));
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
  if (frame_left_ > 0 || partial_.starts_with(kFrameMark)) return;
  give(std::exchange(partial_, {}));
}

}  // namespace hearth::execution
