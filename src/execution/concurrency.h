// How many invokes run at a time, by account and region: the places that functions reserved, those that are
// set aside for provisioned environments, and what these leave for all others. A permit is one place; it goes
// back when it is destroyed. A place also begins ten requests a second at most, those of a function that
// reserved counted by function and all others together; events from a queue do not count for that.
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
#include "execution/token_bucket.h"

namespace hearth::execution {

// What a caller is told who asked for too much.
Error throttled(std::string_view reason);

class Concurrency {
 public:
  static constexpr int kAccountLimit = 1000;
  // Of the account's places, this many can not be claimed.
  static constexpr int kUnreservedMin = 100;
  static constexpr int kRequestsPerPlace = 10;  // a second

  explicit Concurrency(const Clock& clock, int account_limit = kAccountLimit)
      : clock_(clock), account_limit_(account_limit) {}

  int account_limit() const { return account_limit_; }

  struct Counter {
    std::atomic<int> running = 0;
    TokenBucket requests;
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

  struct Request {
    const std::string& account;
    const std::string& region;
    const std::string& function;
    const std::string& version;
    std::optional<int> reserved = {};  // by the function
    int claimed = 0;                   // of the account's places, by reservations and provisions
    bool queued = false;
  };
  // A place for one invoke. Fails with TooManyRequestsException and its Reason.
  Result<Permit> acquire(const Request& request);

  // Sets so many places of a function aside for a version: of those that it reserved, or of the account's.
  void set_aside(const std::string& account, const std::string& region, const std::string& function,
                 const std::string& version, int places);

  // Invokes that run now, of a function that reserved or of all others, without those in places set aside.
  int running(const std::string& account, const std::string& region, const std::string& function) const;

 private:
  struct Place {
    int size = 0;
    std::shared_ptr<Counter> counter;  // shared with the permits
  };
  struct Share {
    std::shared_ptr<Counter> counter = std::make_shared<Counter>();  // likewise
    std::map<std::string, Place> aside;                              // by version
    int aside_size = 0;
  };
  // What a request may take, copied from below the mutex.
  struct Choice {
    Place aside;
    Place shared;
  };

  Choice choose(const Request& request);
  static bool enter(const Place& place);

  const Clock& clock_;
  const int account_limit_;
  mutable std::mutex mutex_;
  std::map<std::string, Share> shares_;  // of functions, and of accounts and regions
  bool any_aside_ = false;               // has ever been set aside
};

}  // namespace hearth::execution
