#include "store/held_lease.h"

namespace hearth::store {

Async<bool> HeldLease::hold() {
  const SteadyTime now = clock_.steady_now();
  if (lease_ && now < renewal_) co_return true;
  if (lease_) {
    auto renewed = co_await store_.renew_lease(*lease_, duration_);
    if (!renewed && renewed.error().code != "StoreFenced") co_return std::move(renewed).error();
    lease_ = renewed ? std::optional(*std::move(renewed)) : std::nullopt;
  }
  if (!lease_) {
    auto acquired = co_await store_.acquire_lease(name_, holder_, duration_);
    if (!acquired && acquired.error().code == "StoreLeaseHeld") co_return false;
    if (!acquired) co_return std::move(acquired).error();
    lease_ = *std::move(acquired);
  }
  renewal_ = now + duration_ / kRenewalsOfDuration;
  co_return true;
}

Async<void> HeldLease::release() {
  if (!lease_) co_return {};
  auto released = co_await store_.release_lease(*std::exchange(lease_, std::nullopt));
  if (!released && released.error().code == "StoreFenced") co_return {};  // another has it already
  co_return released;
}

}  // namespace hearth::store
