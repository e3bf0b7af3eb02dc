// Executor: runs invokes. Finds or makes the pool of a function's revision and gives the job to it.
//
// Threads: any thread that runs a loop. Outlives the loops' run.
#pragma once
#include <atomic>
#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

#include "execution/pool.h"
#include "execution/snapshot_making.h"

namespace hearth::execution {

// Which environments may serve an invoke.
struct PoolKey {
  std::string function_arn;  // unqualified
  std::string version;
  std::string revision;
  std::string tenant = {};  // empty: the function has none

  auto operator<=>(const PoolKey&) const = default;
};

class Executor final : public PoolOwner {
 public:
  explicit Executor(Host& host) : host_(host), stock_(host) {}

  // Functions of this runtime, with so much memory, will be invoked. On any of the loops.
  void expect(const std::string& runtime, uint32_t memory_mib);

  // Gives the configuration of a revision that has no pool yet, e.g. once its code has been unpacked.
  using Make = std::function<Async<FunctionConfig>()>;

  // The invoke is on its way when this is done, and runs to its end also when the caller goes away. The
  // future gives its outcome. Fails as `make` does, and when the function grows too fast (see pool.h).
  Async<io::Future<Outcome>> invoke(PoolKey key, Make make, Invocation invocation,
                                    Concurrency::Permit permit);
  // Keeps `count` provisioned environments of that revision from now on; fails as `make` does.
  Async<void> provision(PoolKey key, Make make, size_t count);
  Provision provision_of(const PoolKey& key) const;

  // Background work, for ever: ends idle environments while the host is short of memory, and drops what is of
  // use to nobody.
  Task<void> run();
  // Makes a snapshot or a resting slot of this revision, where there is none, for its environments to begin
  // with.
  Task<SnapshotMade> make_snapshot(FunctionConfig config);

  // A function has gone, or a version of it, or what that version is has changed: the environments end, busy
  // ones after their invoke.
  void retire(const std::string& function_arn, const std::string& version = "");
  void retire_all();
  // Environments of all functions, and slots that wait for one.
  size_t environments() const { return environments_; }
  size_t ready() const { return stock_.ready(); }

 private:
  // Of a function, a version of it, and a tenant.
  using Place = std::tuple<std::string, std::string, std::string>;
  using Pools = std::map<Place, std::shared_ptr<Pool>>;

  void making() override;
  void ended() override { --environments_; }
  class Making;
  void retire(Pools::iterator first, Pools::iterator last, std::unique_lock<std::mutex> lock);
  std::shared_ptr<Pool> find(const PoolKey& key) const;
  Async<std::shared_ptr<Pool>> pool_of(const PoolKey& key, const Make& make);  // outlive the call
  std::shared_ptr<Pool> add(const Making& making, FunctionConfig config);
  // Ends one idle environment, the one that `cost` finds most for; false when none may end.
  using Cost = double (*)(std::chrono::nanoseconds expected_wait, uint32_t memory_mib);
  bool end_one(Cost cost);
  // First go those that hold much memory and will probably wait long (see arrivals.h).
  void save_memory();
  void forget_unused();

  Host& host_;
  Stock stock_;
  std::atomic<size_t> environments_ = 0;
  mutable std::mutex mutex_;
  // Shared: see Pool. One that has no environment and no job goes within a second.
  Pools pools_;
  std::set<Making*> making_;
  // By function; those that were invoked of late. Shared with the pools.
  std::map<std::string, std::shared_ptr<Demand>> demand_;
};

}  // namespace hearth::execution
