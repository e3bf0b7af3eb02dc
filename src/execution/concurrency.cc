#include "execution/concurrency.h"

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
  if (counter_) counter_->fetch_sub(1, std::memory_order_relaxed);
  counter_.reset();
}

std::shared_ptr<std::atomic<int>> Concurrency::counter(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& counter = counters_[key];
  if (!counter) counter = std::make_shared<std::atomic<int>>(0);
  return counter;
}

Result<Concurrency::Permit> Concurrency::acquire(const std::string& account, const std::string& region,
                                                 const std::string& function, std::optional<int> reserved,
                                                 int reserved_in_account) {
  // Functions without a reservation share one counter: what the reservations leave.
  const int limit = reserved ? *reserved : kAccountLimit - reserved_in_account;
  auto counter = this->counter(key_of(account, region, reserved ? function : ""));
  if (counter->fetch_add(1, std::memory_order_relaxed) >= limit) {
    counter->fetch_sub(1, std::memory_order_relaxed);
    return fail(throttled(reserved ? "ReservedFunctionConcurrentInvocationLimitExceeded"
                                   : "ConcurrentInvocationLimitExceeded"));
  }
  Permit permit;
  permit.counter_ = std::move(counter);
  return permit;
}

int Concurrency::running(const std::string& account, const std::string& region,
                         const std::string& function) const {
  const std::lock_guard lock(mutex_);
  const auto found = counters_.find(key_of(account, region, function));
  return found == counters_.end() ? 0 : found->second->load(std::memory_order_relaxed);
}

}  // namespace hearth::execution
