#include "services/lambda/activation.h"

#include "delivery/row_work.h"
#include "services/lambda/snap_start.h"
#include "services/lambda/waiting_functions.h"

namespace hearth::services::lambda {
namespace {

const store::Key kQueue("lambda-activation");
}  // namespace

void Activation::enqueue(store::Transaction& tx, const FunctionRef& ref) {
  tx.put(waiting_key(kQueue, ref).bytes(), "");
}

Task<void> Activation::run() {
  return delivery::do_rows(parts_.store, parts_.clock,
                           {.what = "the activation of a function",
                            .rows = kQueue,
                            .work = [this](std::string key, int) -> Async<delivery::Progress> {
                              TRY(FunctionRef ref, waiting_function(key));
                              TRY_VOID(co_await activate(std::move(ref)));
                              co_return delivery::Progress::kDone;
                            }});
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
    tx.erase(waiting_key(kQueue, ref).bytes());
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
