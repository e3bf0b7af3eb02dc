#include "execution/concurrency.h"

#include <algorithm>

namespace hearth::execution {
namespace {

std::string key_of(const std::string& account, const std::string& region, const std::string& function) {
  return account + "/" + region + "/" + function;
}

Error throttled(std::string_view reason) {
  return {.code = "TooManyRequestsException",
          .message = "Rate Exceeded.",
          .extra = {{"Reason", std::string(reason)}, {"Type", "User"}, {"retryAfterSeconds", "1"}}};
}

}  // namespace

void Concurrency::Permit::release() {
  if (counter_) counter_->running.fetch_sub(1, std::memory_order_relaxed);
  counter_.reset();
}

std::shared_ptr<Concurrency::Counter> Concurrency::counter(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& counter = counters_[key];
  if (!counter) counter = std::make_shared<Counter>();
  return counter;
}

// What a second holds may come at once; it fills again as time goes by.
bool Concurrency::take_request(Counter& counter, int places) const {
  const double rate = static_cast<double>(places) * kRequestsPerPlace;
  const SteadyTime now = clock_.steady_now();
  const std::lock_guard lock(counter.mutex);
  const bool first = counter.counted == SteadyTime();
  const double seconds = std::chrono::duration<double>(now - counter.counted).count();
  counter.requests_left = first ? rate : std::min(rate, counter.requests_left + seconds * rate);
  counter.counted = now;
  if (counter.requests_left < 1) return false;
  counter.requests_left -= 1;
  return true;
}

Result<Concurrency::Permit> Concurrency::acquire(const std::string& account, const std::string& region,
                                                 const std::string& function, std::optional<int> reserved,
                                                 int reserved_in_account, bool queued) {
  // Functions without a reservation share one counter: what the reservations leave.
  const int limit = reserved ? *reserved : kAccountLimit - reserved_in_account;
  auto counter = this->counter(key_of(account, region, reserved ? function : ""));
  if (counter->running.fetch_add(1, std::memory_order_relaxed) >= limit) {
    counter->running.fetch_sub(1, std::memory_order_relaxed);
    return fail(throttled(reserved ? "ReservedFunctionConcurrentInvocationLimitExceeded"
                                   : "ConcurrentInvocationLimitExceeded"));
  }
  Permit permit;
  permit.counter_ = std::move(counter);
  if (reserved && !queued && !take_request(*permit.counter_, *reserved)) {
    return fail(throttled("ReservedFunctionInvocationRateLimitExceeded"));
  }
  return permit;
}

int Concurrency::running(const std::string& account, const std::string& region,
                         const std::string& function) const {
  const std::lock_guard lock(mutex_);
  const auto found = counters_.find(key_of(account, region, function));
  return found == counters_.end() ? 0 : found->second->running.load(std::memory_order_relaxed);
}

}  // namespace hearth::execution
