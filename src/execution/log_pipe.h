// Reads what a process writes to a pipe and hands it on line by line, as it comes and, before an invoke's
// END, all that is there. A line longer than kLineBytesMax is cut into several.
//
// Between lines there may be frames, each of which is one event, however many lines it has. A frame is, in
// big-endian numbers, 0xa55a00 (3 bytes), flags (1 byte), the message's length (4 bytes), with the flag 2 the
// time in microseconds (8 bytes), and the message. Runtimes are told at _LAMBDA_TELEMETRY_LOG_FD where to
// write them, which in the service is a pipe of their own: with both in one they keep their order.
//
// Threads: one loop.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "io/loop.h"

namespace hearth::execution {

class LogPipe {
 public:
  static constexpr size_t kLineBytesMax = 256 * 1024;

  LogPipe(Fd fd, std::function<void(std::string line)> take);

  // Until the pipe's end. Run it in a scope of the owner.
  Task<void> run();
  // Takes what the pipe holds now; at most 1 MiB, so that a flood cannot hold the invoke's end.
  void drain();
  // A last line without its line feed. A frame that has begun is waited for.
  void flush();

 private:
  // Bytes read; 0 when there is nothing now, -1 at the end.
  ssize_t read_some();
  void split();
  // Takes what is whole off the front of `text`; false when there is nothing.
  bool take_line(std::string_view& text);
  bool take_frame(std::string_view& text);
  void give(std::string_view event);

  io::Descriptor descriptor_;
  std::function<void(std::string line)> take_;
  std::string partial_;
  size_t frame_left_ = 0;  // of the message that has begun
};

}  // namespace hearth::execution
