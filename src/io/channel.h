// Channel: values on their way to one consumer on the same loop. push() never waits and never runs the
// consumer inside the call; what may pile up is for the producer to bound.
#pragma once
#include <coroutine>
#include <deque>
#include <optional>
#include <utility>

#include "io/loop.h"

namespace hearth::io {

template <typename T>
class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;

  void push(T value) {
    values_.push_back(std::move(value));
    if (waiter_) waiter_->wake();
  }
  bool empty() const { return values_.empty(); }
  void clear() { values_.clear(); }

  class PopAwaiter {
   public:
    PopAwaiter(Channel& channel, std::optional<SteadyTime> deadline)
        : channel_(channel), deadline_(deadline) {}
    PopAwaiter(const PopAwaiter&) = delete;
    ~PopAwaiter() {
      if (channel_.waiter_ == this) channel_.waiter_ = nullptr;
    }
    bool await_ready() const { return !channel_.values_.empty(); }
    void await_suspend(std::coroutine_handle<> waiting) {
      waiting_ = waiting;
      channel_.waiter_ = this;
      if (deadline_) timer_.arm(Loop::here(), *deadline_, [this] { resume(); });
    }
    std::optional<T> await_resume() {
      if (channel_.values_.empty()) return std::nullopt;
      std::optional<T> value(std::move(channel_.values_.front()));
      channel_.values_.pop_front();
      return value;
    }

   private:
    friend class Channel;
    // Through the timer: the consumer may destroy whoever pushes.
    void wake() {
      timer_.disarm();
      timer_.arm(Loop::here(), Loop::here().now(), [this] { resume(); });
    }
    void resume() {
      channel_.waiter_ = nullptr;
      waiting_.resume();
    }

    Channel& channel_;
    std::optional<SteadyTime> deadline_;
    std::coroutine_handle<> waiting_;
    Timer timer_;
  };

  // co_await gives the next value, or nothing when the deadline was first. One waiter at a time.
  PopAwaiter pop(std::optional<SteadyTime> deadline = {}) { return {*this, deadline}; }

 private:
  std::deque<T> values_;
  PopAwaiter* waiter_ = nullptr;
};

}  // namespace hearth::io
