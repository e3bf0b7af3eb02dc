// The server's event loops, one thread each. Objects that belong to one loop are made and destroyed on it.
#pragma once
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "io/loop.h"

namespace hearth::io {

class Loops {
 public:
  explicit Loops(size_t count, const Clock& clock = system_clock());
  ~Loops();  // stops and joins

  size_t size() const { return loops_.size(); }
  Loop& operator[](size_t index) { return *loops_[index]; }
  // One after the other, for work that may run on any of them. Any thread.
  Loop& next() { return *loops_[next_++ % loops_.size()]; }
  // Starts the threads.
  void start();
  void stop();

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::jthread> threads_;
  std::atomic<size_t> next_ = 0;
};

}  // namespace hearth::io
