#include "services/lambda/activation.h"

#include "base/log.h"
#include "services/lambda/snap_start.h"

namespace hearth::services::lambda {
namespace {

const store::Key kQueue("lambda-activation");
constexpr size_t kBatch = 100;

}  // namespace

void Activation::enqueue(store::Transaction& tx, const FunctionRef& ref) {
  tx.put((kQueue + store::Key(ref.account, ref.region, ref.name)).bytes(), "");
}

Task<void> Activation::run() {
  store::Watch changes = parts_.store.watch(kQueue.bytes());
  for (;;) {
    const auto more = co_await activate_some();
    if (!more) {
      log::error("functions cannot be activated: {}", more.error().message);
      co_await io::sleep_for(std::chrono::seconds(1));
    } else if (!*more) {
      co_await changes.changed();
    }
  }
}

Async<bool> Activation::activate_some() {
  auto list = [](store::Transaction& tx) -> Async<store::Page> {
    co_return co_await tx.scan({.range = kQueue.under(), .rows_max = kBatch});
  };
  TRY(const store::Page page, co_await parts_.store.read(list));
  for (const store::Row& row : page.rows) {
    TRY(auto parts, store::parse_key<std::string, std::string, std::string, std::string>(row.key));
    auto& [kind, account, region, name] = parts;
    TRY_VOID(co_await activate({.account = account, .region = region, .name = name, .qualifier = {}}));
  }
  co_return !page.rows.empty();
}

Async<void> Activation::activate(FunctionRef ref) {
  auto settle = [this](VersionRecord& record) {
    record.revision_id = parts_.random.uuid();
    record.state = "Active";
    record.state_reason = record.state_reason_code = "";
    record.last_update_status = "Successful";
    record.last_update_reason = record.last_update_reason_code = "";
  };
  std::optional<std::string> runtime;
  uint32_t memory_mib = 0;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, ref);
    tx.erase((kQueue + store::Key(ref.account, ref.region, ref.name)).bytes());
    TRY(auto function, co_await tables.functions.get(store::Key(ref.name)));
    if (!function) co_return {};
    settle(function->latest);
    runtime = function->latest.runtime;
    memory_mib = static_cast<uint32_t>(function->latest.memory_mib);
    tables.functions.put(store::Key(ref.name), *function);
    // A version that was published by the same request waits with it.
    for (const int64_t number : {function->last_version, kLatestPublishedNumber}) {
      const store::Key key(ref.name, number);
      TRY(auto version, co_await tables.versions.get(key));
      if (!version || (version->state != "Pending" && version->last_update_status != "InProgress")) continue;
      if (wants_snapshot(*version)) {
        SnapStart::enqueue(tx, ref, number);
      } else {
        settle(*version);
        tables.versions.put(key, *version);
      }
    }
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  if (runtime) parts_.executor.expect(*runtime, memory_mib);
  co_return {};
}

}  // namespace hearth::services::lambda
