// Reads what a process writes to a pipe and hands it on line by line, as it comes and, before an invoke's
// END, all that is there. A line longer than kLineBytesMax is cut into several.
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
  // A last line without its line feed.
  void flush();

 private:
  // Bytes read; 0 when there is nothing now, -1 at the end.
  ssize_t read_some();
  void split();

  io::Descriptor descriptor_;
  std::function<void(std::string line)> take_;
  std::string partial_;
};

}  // namespace hearth::execution
