#include "execution/executor.h"

namespace hearth::execution {

void Executor::expect(const std::string& runtime, uint32_t memory_mib) {
  if (const auto launch = host_.runtimes.find(runtime, memory_mib)) stock_.expect(*launch);
}

std::shared_ptr<Pool> Executor::find(const PoolKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find({key.function_arn, key.version});
  if (found == pools_.end() || found->second->config().revision != key.revision) return nullptr;
  return found->second;
}

std::shared_ptr<Pool> Executor::add(const PoolKey& key, FunctionConfig config) {
  std::shared_ptr<Pool> replaced;
  std::shared_ptr<Pool> pool;
  {
    const std::lock_guard lock(mutex_);
    auto& slot = pools_[{key.function_arn, key.version}];
    if (!slot || slot->config().revision != key.revision) {
      replaced = std::move(slot);
      slot = std::make_shared<Pool>(host_, stock_, *this,
                                    std::make_shared<const FunctionConfig>(std::move(config)));
    }
    pool = slot;
  }
  if (replaced) replaced->retire();
  return pool;
}

Async<std::shared_ptr<Pool>> Executor::pool_of(const PoolKey& key, const Make& make) {
  auto pool = find(key);
  if (!pool) {
    TRY(FunctionConfig config, co_await make());
    pool = add(key, std::move(config));
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
  pool->submit(
      {.invocation = std::move(invocation), .answer = future.promise(), .permit = std::move(permit)});
  co_return future;
}

void Executor::retire(const std::string& function_arn) {
  std::unique_lock lock(mutex_);
  const auto first = pools_.lower_bound({function_arn, ""});
  auto last = first;
  while (last != pools_.end() && last->first.first == function_arn) ++last;
  retire(first, last, std::move(lock));
}

void Executor::retire(const std::string& function_arn, const std::string& version) {
  std::unique_lock lock(mutex_);
  const auto [first, last] = pools_.equal_range({function_arn, version});
  retire(first, last, std::move(lock));
}

void Executor::retire(Pools::iterator first, Pools::iterator last, std::unique_lock<std::mutex> lock) {
  std::vector<std::shared_ptr<Pool>> retired;  // shared: see Pool
  for (auto pool = first; pool != last; ++pool) retired.push_back(std::move(pool->second));
  pools_.erase(first, last);
  lock.unlock();
  for (const auto& pool : retired) pool->retire();
}

void Executor::emptied(Pool& pool) {
  std::shared_ptr<Pool> gone;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find({pool.config().arn, pool.config().version});
  if (found == pools_.end() || found->second.get() != &pool) return;
  gone = std::move(found->second);
  pools_.erase(found);
}

// What was used longest ago is least likely to be missed.
void Executor::making() {
  if (++environments_ <= host_.environments_max) return;
  std::shared_ptr<Pool> chosen;  // shared: see Pool
  {
    const std::lock_guard lock(mutex_);
    SteadyTime longest_ago = SteadyTime::max();
    for (const auto& [key, pool] : pools_) {
      const auto since = pool->idle_since();
      if (!since || *since >= longest_ago) continue;
      longest_ago = *since;
      chosen = pool;
    }
  }
  if (chosen) chosen->end_idle();
}

}  // namespace hearth::execution
