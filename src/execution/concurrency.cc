#include "execution/concurrency.h"

namespace hearth::execution {
namespace {

std::string key_of(const std::string& account, const std::string& region, const std::string& function) {
  return account + "/" + region + "/" + function;
}

}  // namespace

Error throttled(std::string_view reason) {
  return {.code = "TooManyRequestsException",
          .message = "Rate Exceeded.",
          .extra = {{"Reason", std::string(reason)}, {"Type", "User"}, {"retryAfterSeconds", "1"}}};
}

void Concurrency::Permit::release() {
  if (counter_) counter_->running.fetch_sub(1, std::memory_order_relaxed);
  counter_.reset();
}

void Concurrency::set_aside(const std::string& account, const std::string& region,
                            const std::string& function, const std::string& version, int places) {
  const std::lock_guard lock(mutex_);
  Share& share = shares_[key_of(account, region, function)];
  Place& place = share.aside[version];
  share.aside_size += places - place.size;
  place.size = places;
  if (!place.counter) place.counter = std::make_shared<Counter>();
  if (places == 0) share.aside.erase(version);
  any_aside_ = true;
}

Concurrency::Choice Concurrency::choose(const Request& request) {
  const std::lock_guard lock(mutex_);
  Choice choice;
  const Share* own = nullptr;
  if (request.reserved || any_aside_) {
    own = &shares_[key_of(request.account, request.region, request.function)];
    const auto aside = own->aside.find(request.version);
    if (aside != own->aside.end()) choice.aside = aside->second;
  }
  if (request.reserved) {
    choice.shared = {*request.reserved - own->aside_size, own->counter};
  } else {
    // Functions without a reservation share one counter: what is claimed leaves.
    choice.shared = {account_limit_ - request.claimed,
                     shares_[key_of(request.account, request.region, "")].counter};
  }
  return choice;
}

bool Concurrency::enter(const Place& place) {
  if (!place.counter) return false;
  if (place.counter->running.fetch_add(1, std::memory_order_relaxed) < place.size) return true;
  place.counter->running.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

Result<Concurrency::Permit> Concurrency::acquire(const Request& request) {
  Choice choice = choose(request);
  const bool reserved = request.reserved.has_value();
  Permit permit;
  if (enter(choice.aside)) {
    permit.counter_ = std::move(choice.aside.counter);
  } else if (enter(choice.shared)) {
    permit.counter_ = choice.shared.counter;
  } else {
    return fail(throttled(reserved ? "ReservedFunctionConcurrentInvocationLimitExceeded"
                                   : "ConcurrentInvocationLimitExceeded"));
  }
  const int64_t places = request.reserved.value_or(account_limit_);
  const TokenBucket::Rate rate{.count = places * kRequestsPerPlace, .period = std::chrono::seconds(1)};
  if (!request.queued && !choice.shared.counter->requests.take(clock_.steady_now(), rate)) {
    return fail(throttled(reserved ? "ReservedFunctionInvocationRateLimitExceeded"
                                   : "FunctionInvocationRateLimitExceeded"));
  }
  return permit;
}

int Concurrency::running(const std::string& account, const std::string& region,
                         const std::string& function) const {
  const std::lock_guard lock(mutex_);
  const auto found = shares_.find(key_of(account, region, function));
  return found == shares_.end() ? 0 : found->second.counter->running.load(std::memory_order_relaxed);
}

}  // namespace hearth::execution
