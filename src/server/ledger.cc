#include "server/ledger.h"

#include "base/log.h"

namespace hearth::server {
namespace {

const store::Key kUsage("usage");
constexpr std::chrono::seconds kFlushTime(1);

}  // namespace

void Ledger::record(execution::Usage usage) {
  const std::lock_guard lock(mutex_);
  UsageTotals& totals =
      waiting_[{usage.account, usage.region, iso8601_seconds(usage.started).substr(0, 10), usage.function}];
  ++totals.requests;
  totals.billed_mib_ms += usage.billed_ms * usage.memory_mib;
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
      sum.requests += more.requests;
      sum.billed_mib_ms += more.billed_mib_ms;
      table.put(row, sum);
    }
    co_return true;
  };
  const auto saved = co_await store_.transact(body);
  if (saved) co_return {};
  // Kept for the next time, unless it may have been counted already.
  if (saved.error().code != "StoreUnknown") {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, more] : taken) {
      waiting_[key].requests += more.requests;
      waiting_[key].billed_mib_ms += more.billed_mib_ms;
    }
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
