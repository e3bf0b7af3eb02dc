// How many invokes run at a time, by account and region, and the share that a function reserved of it. A
// permit is one place; it goes back when it is destroyed. A reserved place also begins ten requests a second
// at most; events from a queue do not count for that.
//
// Threads: any.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace hearth::execution {

class Concurrency {
 public:
  static constexpr int kAccountLimit = 1000;
  // Of the account's places, this many can not be reserved.
  static constexpr int kUnreservedMin = 100;
  static constexpr int kRequestsPerPlace = 10;  // a second

  explicit Concurrency(const Clock& clock) : clock_(clock) {}

  struct Counter {
    std::atomic<int> running = 0;
    // Of the rate, and when that was counted; the epoch: never.
    std::mutex mutex;
    double requests_left = 0;
    SteadyTime counted;
  };

  class Permit {
   public:
    Permit() = default;
    Permit(Permit&&) noexcept = default;
    Permit& operator=(Permit&& other) noexcept {
      release();
      counter_ = std::move(other.counter_);
      return *this;
    }
    ~Permit() { release(); }
    void release();

   private:
    friend class Concurrency;
    // Shared: a permit may outlive the function it counts for.
    std::shared_ptr<Counter> counter_;
  };

  // A place for one invoke of a function. `reserved` is the function's reservation and `reserved_in_account`
  // the sum of all in its account and region; `queued` invokes come from a queue. Fails with
  // TooManyRequestsException and its Reason.
  Result<Permit> acquire(const std::string& account, const std::string& region, const std::string& function,
                         std::optional<int> reserved, int reserved_in_account, bool queued = false);
  // Invokes that run now, of a function or of all functions without a reservation.
  int running(const std::string& account, const std::string& region, const std::string& function) const;

 private:
  // shared_ptr for the reason above.
  std::shared_ptr<Counter> counter(const std::string& key);
  bool take_request(Counter& counter, int places) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Counter>> counters_;  // shared with the permits
};

}  // namespace hearth::execution
