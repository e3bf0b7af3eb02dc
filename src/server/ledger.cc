#include "server/ledger.h"

#include "base/log.h"

namespace hearth::server {
namespace {

const store::Key kUsage("usage");
constexpr std::chrono::seconds kFlushTime(1);

std::string day_of(TimePoint time) {
  return iso8601_seconds(time).substr(0, 10);
}

}  // namespace

void Ledger::record(execution::Usage usage) {
  const std::lock_guard lock(mutex_);
  waiting_[{usage.account, usage.region, day_of(usage.started), usage.function}].add(
      {.requests = 1, .billed_mib_ms = usage.billed_ms * usage.memory_mib, .last = usage.started});
}

Async<bool> Ledger::used_since(std::string account, std::string region, std::string function,
                               TimePoint since) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    store::Table<UsageTotals> table(tx, kUsage);
    for (TimePoint day = since; day_of(day) <= day_of(system_clock().now()); day += std::chrono::days(1)) {
      TRY(const auto totals, co_await table.get(store::Key(account, region, day_of(day), function)));
      if (totals && totals->last >= since) co_return true;
    }
    co_return false;
  };
  co_return co_await store_.read(body);
}

Async<void> Ledger::flush() {
  std::map<Key, UsageTotals> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  if (taken.empty()) co_return {};
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    store::Table<UsageTotals> table(tx, kUsage);
    for (const auto& [key, more] : taken) {
      const auto& [account, region, day, function] = key;
      const store::Key row(account, region, day, function);
      TRY(const auto stored, co_await table.get(row));
      UsageTotals sum = stored.value_or(UsageTotals{});
      sum.add(more);
      table.put(row, sum);
    }
    co_return true;
  };
  const auto saved = co_await store_.transact(body);
  if (saved) co_return {};
  // Kept for the next time, unless it may have been counted already.
  if (saved.error().code != "StoreUnknown") {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, more] : taken) waiting_[key].add(more);
  }
  co_return saved.error();
}

Task<void> Ledger::run() {
  for (;;) {
    co_await io::sleep_for(kFlushTime);
    const auto saved = co_await flush();
    if (!saved) log::warn("usage records wait for the store: {}", saved.error().message);
  }
}

Async<std::vector<UsageLine>> Ledger::lines() {
  auto body = [&](store::Transaction& tx) -> Async<std::vector<UsageLine>> {
    store::Table<UsageTotals> table(tx, kUsage);
    std::vector<UsageLine> found;
    TRY(const auto entries, co_await table.all());
    for (const auto& entry : entries) {
      TRY(auto key, store::parse_key<std::string, std::string, std::string, std::string>(entry.key));
      auto& [account, region, day, function] = key;
      found.push_back({account, region, day, function, entry.record});
    }
    co_return found;
  };
  co_return co_await store_.read(body);
}

}  // namespace hearth::server
