#include "execution/executor.h"

#include "execution/durations.h"
#include "execution/host_memory.h"
#include "execution/slot.h"
#include "execution/snapshots.h"
#include "io/run_on.h"

namespace hearth::execution {
namespace {

constexpr std::chrono::nanoseconds kCheckTime = std::chrono::seconds(1);
constexpr size_t kEndedAtOnce = 8;

// Shared: see make_snapshot().
Task<SnapshotMade> made_snapshot(Host& host, std::shared_ptr<const FunctionConfig> config) {
  co_return (co_await make_snapshot(host, std::move(config))).made;
}

}  // namespace

// A pool's configuration is being made. When what it is of goes meanwhile, whom it is made for is served, and
// nobody else.
class Executor::Making {
 public:
  Making(Executor& executor, const PoolKey& of) : key(of), executor_(executor) {
    const std::lock_guard lock(executor_.mutex_);
    executor_.making_.insert(this);
  }
  Making(const Making&) = delete;
  ~Making() {
    const std::lock_guard lock(executor_.mutex_);
    executor_.making_.erase(this);
  }

  const PoolKey& key;
  bool retired = false;  // under the mutex

 private:
  Executor& executor_;
};

void Executor::expect(const std::string& runtime, uint32_t memory_mib) {
  const auto launch = host_.runtimes.find(runtime, memory_mib);
  if (!launch) return;
  io::Loop::here().visitors().spawn(host_.spawner.prepare(launch->zygote));
  stock_.expect(*launch);
}

std::shared_ptr<Pool> Executor::find(const PoolKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find({key.function_arn, key.version, key.tenant});
  if (found == pools_.end() || found->second->config().revision != key.revision) return nullptr;
  return found->second;
}

std::shared_ptr<Pool> Executor::add(const Making& making, FunctionConfig config) {
  const PoolKey& key = making.key;
  config.tenant = key.tenant;
  std::shared_ptr<Pool> unwanted;
  std::shared_ptr<Pool> pool;
  {
    const std::lock_guard lock(mutex_);
    const Place place{key.function_arn, key.version, key.tenant};
    const auto found = pools_.find(place);
    if (!making.retired && found != pools_.end() && found->second->config().revision == key.revision)
      return found->second;
    auto& demand = demand_[key.function_arn];
    if (!demand) demand = std::make_shared<Demand>();
    pool = std::make_shared<Pool>(host_, stock_, *this,
                                  std::make_shared<const FunctionConfig>(std::move(config)), demand);
    unwanted = making.retired ? pool : std::exchange(pools_[place], pool);
  }
  if (unwanted) unwanted->retire();
  return pool;
}

Async<std::shared_ptr<Pool>> Executor::pool_of(const PoolKey& key, const Make& make) {
  auto pool = find(key);
  if (!pool) {
    const Making making(*this, key);
    TRY(FunctionConfig config, co_await make());
    pool = add(making, std::move(config));
  }
  co_return pool;
}

Async<void> Executor::provision(PoolKey key, Make make, size_t count) {
  if (count == 0) {
    if (const auto pool = find(key)) pool->provision(0);
    co_return {};
  }
  TRY(const auto pool, co_await pool_of(key, make));
  pool->provision(count);
  co_return {};
}

Provision Executor::provision_of(const PoolKey& key) const {
  const auto pool = find(key);
  return pool ? pool->provision() : Provision{};
}

Async<io::Future<Outcome>> Executor::invoke(PoolKey key, Make make, Invocation invocation,
                                            Concurrency::Permit permit) {
  TRY(const auto pool, co_await pool_of(key, make));
  io::Future<Outcome> future;
  TRY_VOID(pool->submit(
      {.invocation = std::move(invocation), .answer = future.promise(), .permit = std::move(permit)}));
  co_return future;
}

Task<SnapshotMade> Executor::make_snapshot(FunctionConfig config) {
  const auto launch = host_.runtimes.find(config.runtime, config.memory_mib);
  auto shared = std::make_shared<const FunctionConfig>(std::move(config));
  if (launch && launch->rests) {
    auto initialize = [this, launch = *launch, shared] { return stock_.initialize(launch, shared); };
    co_return co_await io::run_on(host_.loops.next(), initialize);
  }
  Host& host = host_;
  auto make = [&host, shared] { return made_snapshot(host, shared); };
  co_return co_await io::run_on(host_.loops.next(), make);
}

void Executor::retire(const std::string& function_arn, const std::string& version) {
  host_.snapshots.drop(function_arn, version);
  std::unique_lock lock(mutex_);
  const auto first = pools_.lower_bound({function_arn, version, ""});
  const auto goes = [&](const std::string& function, const std::string& its_version) {
    return function == function_arn && (version.empty() || its_version == version);
  };
  auto last = first;
  while (last != pools_.end() && goes(std::get<0>(last->first), std::get<1>(last->first))) ++last;
  for (Making* making : making_) making->retired |= goes(making->key.function_arn, making->key.version);
  retire(first, last, std::move(lock));
  stock_.drop(function_arn, version);
}

void Executor::retire_all() {
  std::unique_lock lock(mutex_);
  const auto first = pools_.begin(), last = pools_.end();
  for (Making* making : making_) making->retired = true;
  retire(first, last, std::move(lock));
}

void Executor::retire(Pools::iterator first, Pools::iterator last, std::unique_lock<std::mutex> lock) {
  std::vector<std::shared_ptr<Pool>> retired;  // shared: see Pool
  for (auto pool = first; pool != last; ++pool) retired.push_back(std::move(pool->second));
  pools_.erase(first, last);
  lock.unlock();
  for (const auto& pool : retired) pool->retire();
}

bool Executor::end_one(Cost cost) {
  std::shared_ptr<Pool> chosen;  // shared: see Pool
  {
    const SteadyTime now = host_.clock.steady_now();
    const std::lock_guard lock(mutex_);
    double highest = -1;
    for (const auto& [key, pool] : pools_) {
      const auto wait = pool->expected_wait(now);
      if (!wait) continue;
      const double figure = cost(*wait, pool->config().memory_mib);
      if (figure <= highest) continue;
      highest = figure;
      chosen = pool;
    }
  }
  if (chosen) chosen->end_idle();
  return chosen != nullptr;
}

void Executor::making() {
  if (++environments_ <= host_.environments_max) return;
  end_one([](std::chrono::nanoseconds expected_wait, uint32_t) { return milliseconds(expected_wait); });
}

Task<void> Executor::run() {
  for (;;) {
    co_await io::sleep_for(kCheckTime);
    save_memory();
    forget_unused();
  }
}

// Whoever gives a pool a job holds it, and so does each of its environments.
void Executor::forget_unused() {
  std::vector<std::shared_ptr<Pool>> gone;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  std::erase_if(pools_, [&](auto& entry) {
    const bool unused = entry.second.use_count() == 1 && entry.second->provision().wanted == 0;
    if (unused) gone.push_back(std::move(entry.second));
    return unused;
  });
  std::erase_if(demand_, [now = host_.clock.steady_now()](const auto& function) {
    return function.second.use_count() == 1 && function.second->forgotten(now);
  });
}

void Executor::save_memory() {
  // What the ended ones held shows only when they have gone, so these are few at a time.
  for (size_t ended = 0; ended < kEndedAtOnce; ++ended) {
    if (memory_free_percent() >= host_.memory_free_percent_min) return;
    const auto cost = [](std::chrono::nanoseconds expected_wait, uint32_t memory_mib) {
      return milliseconds(expected_wait) * memory_mib;
    };
    if (!end_one(cost)) return;
  }
}

}  // namespace hearth::execution
