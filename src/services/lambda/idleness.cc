#include "services/lambda/idleness.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "services/lambda/all_versions.h"
#include "services/lambda/provisioned.h"
#include "services/lambda/runner.h"
#include "services/lambda/snap_start.h"

namespace hearth::services::lambda {
namespace {

constexpr std::chrono::seconds kPauseMax = std::chrono::hours(1);

bool at_rest(const VersionRecord& version) {
  return version.state == "Active" && version.last_update_status != "InProgress";
}

void put_to_rest(VersionRecord& version) {
  version.state = kInactive;
  version.state_reason = "The function has not been invoked for a long time.";
  version.state_reason_code = "Idle";
  version.optimized = false;
}

void begin_restoring(VersionRecord& version) {
  version.state = "Pending";
  version.state_reason = "The function is being restored.";
  version.state_reason_code = "Restoring";
}

void rouse(VersionRecord& version) {
  version.state = "Active";
  version.state_reason = version.state_reason_code = "";
}

// A version of that name.
Async<void> rouse(Parts& parts, FunctionRef ref, std::string version) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, ref);
    if (version == kLatest) {
      TRY(auto function, co_await tables.functions.get(store::Key(ref.name)));
      if (!function || function->latest.state != kInactive) co_return {};
      rouse(function->latest);
      tables.functions.put(store::Key(ref.name), *function);
      co_return {};
    }
    const int64_t number = version_number(version);
    const store::Key key(ref.name, number);
    TRY(auto record, co_await tables.versions.get(key));
    if (!record || record->state != kInactive) co_return {};
    if (wants_snapshot(*record)) {
      begin_restoring(*record);
      SnapStart::enqueue(tx, ref, number);
    } else {
      rouse(*record);
    }
    tables.versions.put(key, *record);
    co_return {};
  };
  co_return co_await parts.store.transact(body);
}

}  // namespace

Task<void> Idleness::run() {
  for (;;) {
    co_await io::sleep_for(std::clamp(after_ / 4, std::chrono::seconds(1), kPauseMax));
    const auto looked = co_await look();
    if (!looked) log::warn("functions that rest are not looked for: {}", looked.error().message);
  }
}

Async<void> Idleness::look() {
  const TimePoint before = parts_.clock.now() - after_;
  std::set<std::string> arns;
  std::vector<FunctionRef> candidates;
  const auto start = [&] {
    arns.clear();
    candidates.clear();
  };
  const auto add = [&](FunctionRef ref, const VersionRecord& version) {
    if (at_rest(version) && version.modified < before && arns.insert(ref.arn()).second) {
      candidates.push_back(std::move(ref));
    }
  };
  TRY_VOID(co_await visit_versions(parts_.store, start, add));
  for (const FunctionRef& ref : candidates) {
    TRY(const bool used, co_await parts_.usage.used_since(ref.account, ref.region, ref.name, before));
    if (!used) TRY_VOID(co_await rest(ref, before));
  }
  co_return {};
}

Async<void> Idleness::rest(FunctionRef ref, TimePoint before) {
  bool changed = false;
  const auto change = [&](VersionRecord& version) {
    if (!at_rest(version) || version.modified >= before) return false;
    put_to_rest(version);
    return changed = true;
  };
  auto body = [&](store::Transaction& tx) -> Async<void> {
    changed = false;
    Tables tables(tx, ref);
    TRY(const int64_t provisioned, co_await provisioned_sum(tx, ref));
    TRY(auto function, co_await tables.functions.get(store::Key(ref.name)));
    if (!function || provisioned > 0) co_return {};
    if (change(function->latest)) tables.functions.put(store::Key(ref.name), *function);
    TRY(auto versions, co_await tables.versions.all(store::Key(ref.name)));
    for (auto& version : versions) {
      if (!change(version.record)) continue;
      tables.versions.put(store::Key(ref.name, version_number(version.record.version)), version.record);
    }
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  if (changed) parts_.executor.retire(ref.arn());
  co_return {};
}

Async<void> make_invocable(Parts& parts, FunctionRef ref, const VersionRecord& version) {
  if (version.state == kInactive) TRY_VOID(co_await rouse(parts, std::move(ref), version.version));
  co_return check_invocable(version);
}

}  // namespace hearth::services::lambda
