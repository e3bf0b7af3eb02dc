// A lease that somebody wants to have as long as it works: taken when it is free, renewed in time, given back
// at the end.
//
//   HeldLease lease(store, clock, "lambda-mappings", holder, 5000ms);
//   TRY(const bool ours, co_await lease.hold());       // before each step
//   if (ours) ... tx.fence(lease.lease()) ...
//
// Threads: one loop.
#pragma once
#include <optional>
#include <string>

#include "store/store.h"

namespace hearth::store {

class HeldLease {
 public:
  // `store` and `clock` outlive it. `holder` is unique to this process.
  HeldLease(Store& store, const Clock& clock, std::string name, std::string holder,
            std::chrono::milliseconds duration)
      : store_(store),
        clock_(clock),
        name_(std::move(name)),
        holder_(std::move(holder)),
        duration_(duration) {}
  HeldLease(const HeldLease&) = delete;

  // Whether it is ours now; mostly known without asking the store.
  Async<bool> hold();
  // REQUIRES that hold() said so.
  const Lease& lease() const { return *lease_; }
  // Another need not wait for its end.
  Async<void> release();

 private:
  static constexpr int kRenewalsOfDuration = 6;

  Store& store_;
  const Clock& clock_;
  const std::string name_;
  const std::string holder_;
  const std::chrono::milliseconds duration_;
  std::optional<Lease> lease_;
  SteadyTime renewal_;
};

}  // namespace hearth::store
