// TokenBucket: how often something may happen. It holds `count` tokens when it is full and fills again within
// `period`, little by little; what it holds beyond that is not saved up. Both may change from call to call.
//
// Threads: any; no lock.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace hearth::execution {

class TokenBucket {
 public:
  struct Rate {
    int64_t count = 0;
    std::chrono::nanoseconds period{};
  };

  // Takes a token if there is one.
  bool take(SteadyTime now, Rate rate) {
    const int64_t at = now.time_since_epoch().count();
    int64_t full_at = full_at_.load(std::memory_order_relaxed);
    int64_t next = 0;
    do {
      next = std::max(full_at, at) + cost(rate);
      if (next - at > rate.period.count()) return false;
    } while (!full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed));
    return true;
  }

  // Takes so many, whether there are or not.
  void charge(SteadyTime now, Rate rate, int64_t tokens) {
    const int64_t at = now.time_since_epoch().count();
    int64_t full_at = full_at_.load(std::memory_order_relaxed);
    while (!full_at_.compare_exchange_weak(full_at, std::max(full_at, at) + tokens * cost(rate),
                                           std::memory_order_relaxed)) {
    }
  }
  bool empty(SteadyTime now, Rate rate) const {
    const int64_t at = now.time_since_epoch().count();
    return std::max(full_at_.load(std::memory_order_relaxed), at) + cost(rate) - at > rate.period.count();
  }
  bool full(SteadyTime now) const {
    return full_at_.load(std::memory_order_relaxed) <= now.time_since_epoch().count();
  }

 private:
  // The time that a token takes to come back is its price; one number says all there is to know.
  static int64_t cost(Rate rate) { return rate.period.count() / std::max<int64_t>(rate.count, 1); }

  std::atomic<int64_t> full_at_ = INT64_MIN;
};

}  // namespace hearth::execution
