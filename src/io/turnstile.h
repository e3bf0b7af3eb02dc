// Turnstile: lets so many tasks through at a time, of all loops; the others wait in their order.
//
// Threads: any that runs a loop. Outlives its passes.
#pragma once
#include <deque>
#include <mutex>

#include "io/future.h"

namespace hearth::io {

class Turnstile {
 public:
  explicit Turnstile(size_t at_once) : free_(at_once) {}

  // The right to be inside, until it goes.
  class Pass {
   public:
    Pass(Pass&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    ~Pass() {
      if (owner_) owner_->leave();
    }

   private:
    friend class Turnstile;
    explicit Pass(Turnstile& owner) : owner_(&owner) {}
    Turnstile* owner_;
  };

  // co_await enter(): one's turn. Who is cancelled while it waits is passed over.
  Future<Pass> enter() {
    Future<Pass> turn;
    {
      const std::lock_guard lock(mutex_);
      if (free_ == 0) {
        waiting_.push_back(turn.promise());
        return turn;
      }
      --free_;
    }
    turn.promise().set(Pass(*this));
    return turn;
  }

 private:
  void leave() {
    std::unique_lock lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    const Promise<Pass> next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next.set(Pass(*this));
  }

  std::mutex mutex_;
  size_t free_;
  std::deque<Promise<Pass>> waiting_;
};

}  // namespace hearth::io
