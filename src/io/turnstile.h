// Turnstile: lets so many tasks through at a time, of all loops; the others wait in their order. Tasks that
// nobody waits for let the others go first and take no more than half of the places, so that one is soon free
// for who comes.
//
// Threads: any that runs a loop. Outlives its passes.
#pragma once
#include <deque>
#include <mutex>

#include "io/future.h"

namespace hearth::io {

class Turnstile {
 public:
  enum class Rank : uint8_t { kAwaited, kAtLeisure };

  explicit Turnstile(size_t at_once) : free_(at_once), leisure_free_((at_once + 1) / 2) {}

  // The right to be inside, until it goes.
  class Pass {
   public:
    Pass(Pass&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), rank_(other.rank_) {}
    ~Pass() {
      if (owner_) owner_->leave(rank_);
    }

   private:
    friend class Turnstile;
    Pass(Turnstile& owner, Rank rank) : owner_(&owner), rank_(rank) {}
    Turnstile* owner_;
    Rank rank_;
  };

  // co_await enter(): one's turn. Who is cancelled while it waits is passed over.
  Future<Pass> enter(Rank rank = Rank::kAwaited) {
    Future<Pass> turn;
    {
      const std::lock_guard lock(mutex_);
      if (!fits(rank)) {
        waiting(rank).push_back(turn.promise());
        return turn;
      }
      take(rank);
    }
    turn.promise().set(Pass(*this, rank));
    return turn;
  }

 private:
  using Queue = std::deque<Promise<Pass>>;

  Queue& waiting(Rank rank) { return rank == Rank::kAwaited ? awaited_ : at_leisure_; }
  bool fits(Rank rank) const { return free_ > 0 && (rank == Rank::kAwaited || leisure_free_ > 0); }
  void take(Rank rank) {
    --free_;
    if (rank == Rank::kAtLeisure) --leisure_free_;
  }

  void leave(Rank left) {
    std::unique_lock lock(mutex_);
    ++free_;
    if (left == Rank::kAtLeisure) ++leisure_free_;
    const Rank rank = awaited_.empty() ? Rank::kAtLeisure : Rank::kAwaited;
    Queue& queue = waiting(rank);
    if (queue.empty() || !fits(rank)) return;
    take(rank);
    const Promise<Pass> next = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    next.set(Pass(*this, rank));
  }

  std::mutex mutex_;
  size_t free_;
  size_t leisure_free_;
  Queue awaited_;
  Queue at_leisure_;
};

}  // namespace hearth::io
