#include "services/lambda/snap_start.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/lambda.h"
#include "delivery/row_work.h"
#include "services/lambda/runner.h"
#include "services/lambda/runtime_names.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
using How = execution::SnapshotMade::How;

const store::Key kQueue("lambda-snapshots");
constexpr int64_t kTmpMibMax = 512;

store::Key queue_key(const FunctionRef& ref, int64_t version) {
  return kQueue + store::Key(ref.account, ref.region, ref.name, version);
}

std::string reason_code(const std::string& error_type) {
  if (error_type == "Sandbox.Timedout") return "FunctionError.InitTimeout";
  if (error_type == "Runtime.OutOfMemory") return "FunctionError.InitResourceExhausted";
  return "FunctionError.RuntimeInitError";
}

void end_pending(VersionRecord& version, const execution::SnapshotMade& made) {
  version.optimized = made.how == How::kMade;
  version.last_update_status = "Successful";
  version.last_update_reason = version.last_update_reason_code = "";
  version.state = "Active";
  version.state_reason = version.state_reason_code = "";
  if (made.how != How::kFailed) return;
  version.state = "Failed";
  version.state_reason_code = reason_code(made.error_type);
  version.state_reason = fmt::format("{}: {}", made.error_type, made.why);
}

}  // namespace

Status check_snap_start(const VersionRecord& record) {
  if (record.snap_start != kPublishedVersions) return {};
  if (record.per_tenant) {
    return fail(errors::invalid_parameter_value_exception(
        "SnapStart is not supported for functions with tenant isolation."));
  }
  if (!has_snap_start(record.runtime)) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("{} is not supported for SnapStart enabled functions.", record.runtime)));
  }
  if (record.tmp_mib > kTmpMibMax) {
    return fail(errors::invalid_parameter_value_exception(fmt::format(
        "SnapStart enabled functions do not support ephemeral storage of more than {} MB.", kTmpMibMax)));
  }
  return {};
}

bool wants_snapshot(const VersionRecord& record) {
  return record.snap_start == kPublishedVersions && has_snap_start(record.runtime);
}

void SnapStart::enqueue(store::Transaction& tx, const FunctionRef& ref, int64_t version) {
  tx.put(queue_key(ref, version).bytes(), "");
}

Task<void> SnapStart::run() {
  return delivery::do_rows(
      parts_.store, parts_.clock,
      {.what = "the snapshot of a version",
       .rows = kQueue,
       .at_once = kAtOnce,
       .work = [this](std::string key, int) -> Async<delivery::Progress> {
         TRY(auto parts, store::parse_key<std::string, std::string, std::string, std::string, int64_t>(key));
         auto& [kind, account, region, name, number] = parts;
         TRY_VOID(co_await settle(
             {.account = account, .region = region, .name = name, .qualifier = std::to_string(number)}));
         co_return delivery::Progress::kDone;
       }});
}

Async<void> SnapStart::settle(FunctionRef ref) {
  const int64_t number = version_number(ref.qualifier);
  auto find = [&](store::Transaction& tx) -> Async<std::optional<VersionRecord>> {
    co_return co_await Tables(tx, ref).versions.get(store::Key(ref.name, number));
  };
  TRY(auto version, co_await parts_.store.read(find));
  execution::SnapshotMade made;
  // A snapshot belongs to a revision, and this is the one that the version will have.
  const std::string revision = parts_.random.uuid();
  if (version && version->state == "Pending") {
    version->revision_id = revision;
    TRY(execution::FunctionConfig config, co_await make_config(parts_, ref, *version));
    made = co_await parts_.executor.make_snapshot(std::move(config));
    if (made.how == How::kLost) co_return fail("SnapshotLost", made.why);
  }
  auto store = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, ref);
    const store::Key key(ref.name, number);
    tx.erase(queue_key(ref, number).bytes());
    TRY(auto now, co_await tables.versions.get(key));
    if (!now || now->state != "Pending") co_return {};
    now->revision_id = revision;
    end_pending(*now, made);
    tables.versions.put(key, *now);
    co_return {};
  };
  co_return co_await parts_.store.transact(store);
}

}  // namespace hearth::services::lambda
