#include "execution/executor.h"

namespace hearth::execution {

std::shared_ptr<Pool> Executor::pool_of(const PoolKey& key, const std::function<FunctionConfig()>& make) {
  std::shared_ptr<Pool> replaced;
  std::shared_ptr<Pool> pool;
  {
    const std::lock_guard lock(mutex_);
    auto& slot = pools_[{key.function_arn, key.version}];
    if (!slot || slot->config().revision != key.revision) {
      replaced = std::move(slot);
      slot = std::make_shared<Pool>(host_, std::make_shared<const FunctionConfig>(make()));
    }
    pool = slot;
  }
  if (replaced) replaced->retire();
  return pool;
}

Task<Outcome> Executor::invoke(PoolKey key, std::function<FunctionConfig()> make, Invocation invocation,
                               Concurrency::Permit permit) {
  io::Future<Outcome> future;
  pool_of(key, make)->submit(
      {.invocation = std::move(invocation), .answer = future.promise(), .permit = std::move(permit)});
  co_return co_await future;
}

void Executor::retire(const std::string& function_arn) {
  std::vector<std::shared_ptr<Pool>> retired;  // shared: see Pool
  {
    const std::lock_guard lock(mutex_);
    const auto first = pools_.lower_bound({function_arn, ""});
    auto last = first;
    for (; last != pools_.end() && last->first.first == function_arn; ++last) retired.push_back(last->second);
    pools_.erase(first, last);
  }
  for (const auto& pool : retired) pool->retire();
}

size_t Executor::environments() const {
  const std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const auto& [key, pool] : pools_) count += pool->environments();
  return count;
}

}  // namespace hearth::execution
