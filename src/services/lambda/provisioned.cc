#include "services/lambda/provisioned.h"

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "services/lambda/claims.h"
#include "services/lambda/paging.h"
#include "services/lambda/runner.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

// The store tells of changes; this is for versions whose code could not be had at the time.
constexpr std::chrono::seconds kRetryTime(30);

Key function_key(const FunctionRef& ref) {
  return Key(ref.account, ref.region, ref.name);
}
Key key_of(const FunctionRef& ref) {
  return function_key(ref) + Key(ref.qualifier);
}

// Of all accounts and regions: one scan finds what is to be provided after a start.
store::Table<ProvisionedRecord> table(store::Transaction& tx) {
  return {tx, kProvisioned};
}

struct Config {
  FunctionRef ref;
  ProvisionedRecord record;
};

Async<std::vector<Config>> configs(store::Transaction& tx, Key under) {
  TRY(const auto entries, co_await table(tx).all(under));
  std::vector<Config> found;
  for (const auto& entry : entries) {
    TRY(auto key, store::parse_key<std::string, std::string, std::string, std::string>(entry.key));
    auto& [account, region, name, qualifier] = key;
    found.push_back({{account, region, name, qualifier}, entry.record});
  }
  co_return found;
}

execution::PoolKey pool_key(const FunctionRef& ref, const VersionRecord& version) {
  return {.function_arn = ref.arn(), .version = version.version, .revision = version.revision_id};
}

// A version that a qualifier means, and how many of its provisioned environments are that version's.
struct Share {
  VersionRecord version;
  int64_t wanted = 0;
};

Async<std::vector<Share>> shares_of(store::Transaction& tx, FunctionRef ref, int64_t wanted) {
  constexpr double kMain = 1;
  constexpr double kExtra = 0;
  TRY(Resolved main, co_await resolve(tx, ref, kMain));
  TRY(Resolved extra, co_await resolve(tx, ref, kExtra));
  std::vector<Share> shares;
  if (main.version.version != extra.version.version) {
    TRY(const auto alias, co_await Tables(tx, ref).aliases.get(Key(ref.name, main.alias)));
    const double weight = alias ? alias->extra_weight : 0;
    // One at least for each, if there are two.
    const auto part = static_cast<int64_t>(std::llround(static_cast<double>(wanted) * weight));
    const int64_t few = std::min<int64_t>(wanted / 2, 1);
    shares.push_back({std::move(extra.version), std::clamp(part, few, wanted - few)});
    wanted -= shares.front().wanted;
  }
  shares.push_back({std::move(main.version), wanted});
  co_return shares;
}

bool have_one_in_common(const std::vector<Share>& some, const std::vector<Share>& others) {
  return std::ranges::any_of(some, [&](const Share& one) {
    return std::ranges::any_of(
        others, [&](const Share& other) { return one.version.version == other.version.version; });
  });
}

// Whether its environments can be made before anybody calls.
Status check_provisionable(const VersionRecord& version) {
  if (version.snap_start == kPublishedVersions) {
    return fail(errors::invalid_parameter_value_exception(
        "Provisioned Concurrency is not supported for SnapStart enabled functions."));
  }
  if (version.managed) {
    return fail(errors::invalid_parameter_value_exception(
        "Provisioned Concurrency is not supported for functions on Lambda Managed Instances."));
  }
  if (version.per_tenant) {
    return fail(errors::invalid_parameter_value_exception(
        "Provisioned Concurrency is not supported for functions with tenant isolation."));
  }
  return {};
}

// A version and an alias of it cannot both be configured.
Async<void> check_alone(store::Transaction& tx, FunctionRef ref, const std::vector<Share>& shares) {
  TRY(const auto others, co_await configs(tx, function_key(ref)));
  for (const Config& other : others) {
    if (other.ref.qualifier == ref.qualifier) continue;
    TRY(const auto theirs, co_await shares_of(tx, other.ref, other.record.wanted));
    if (!have_one_in_common(shares, theirs)) continue;
    co_return errors::resource_conflict_exception(
        is_number(ref.qualifier) ? "Version is pointed by a Provisioned Concurrency alias"
                                 : "Alias can't be used for Provisioned Concurrency configuration on an "
                                   "already Provisioned version");
  }
  co_return {};
}

// Takes the places for `wanted` of this qualifier.
Async<void> take_places(store::Transaction& tx, FunctionRef ref, int64_t wanted, int account_limit) {
  TRY(const FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
  TRY(const auto stored, co_await table(tx).get(key_of(ref)));
  const int64_t change = wanted - (stored ? stored->wanted : 0);
  if (!function.reserved_concurrency) {
    co_return co_await claim(tx, ref, change, account_limit, "ConcurrentExecutions");
  }
  TRY(const int64_t total, co_await provisioned_sum(tx, ref));
  if (total + change <= *function.reserved_concurrency) co_return {};
  co_return errors::invalid_parameter_value_exception(
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
      "function");
}

}  // namespace

void Provisioned::mount(wire::Router& router) {
  router.on<ops::PutProvisionedConcurrencyConfig>(*this, &Provisioned::put);
  router.on<ops::GetProvisionedConcurrencyConfig>(*this, &Provisioned::get);
  router.on<ops::ListProvisionedConcurrencyConfigs>(*this, &Provisioned::list);
  router.on<ops::DeleteProvisionedConcurrencyConfig>(*this, &Provisioned::remove);
}

Async<int64_t> provisioned_sum(store::Transaction& tx, FunctionRef ref) {
  TRY(const auto all, co_await configs(tx, function_key(ref)));
  int64_t sum = 0;
  for (const Config& config : all) sum += config.record.wanted;
  co_return sum;
}

Async<void> touch_provisioned(store::Transaction& tx, FunctionRef ref) {
  TRY(const auto record, co_await table(tx).get(key_of(ref)));
  if (!record) co_return {};
  TRY(const auto shares, co_await shares_of(tx, ref, record->wanted));
  for (const Share& share : shares) TRY_VOID(check_provisionable(share.version));
  table(tx).put(key_of(ref), *record);
  co_return {};
}

Async<void> erase_provisioned(store::Transaction& tx, FunctionRef ref) {
  TRY(const FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
  TRY(const auto all, co_await configs(tx, function_key(ref)));
  for (const Config& config : all) {
    if (!ref.qualifier.empty() && config.ref.qualifier != ref.qualifier) continue;
    table(tx).erase(key_of(config.ref));
    if (!function.reserved_concurrency) change_claims(tx, ref, -config.record.wanted);
  }
  co_return {};
}

template <typename Shape>
Async<Shape> Provisioned::describe(store::Transaction& tx, FunctionRef ref, const ProvisionedRecord& record) {
  TRY(const auto shares, co_await shares_of(tx, ref, record.wanted));
  int32_t ready = 0;
  bool failed = false;
  for (const Share& share : shares) {
    const execution::Provision now = parts_.executor.provision_of(pool_key(ref, share.version));
    ready += static_cast<int32_t>(std::min(static_cast<int64_t>(now.ready), share.wanted));
    failed |= now.failed;
  }
  Shape out;
  out.requested_provisioned_concurrent_executions = static_cast<int32_t>(record.wanted);
  out.available_provisioned_concurrent_executions = ready;
  out.allocated_provisioned_concurrent_executions = ready;
  out.last_modified = iso8601_ms(record.modified).substr(0, 19) + "+0000";
  out.status = failed ? "FAILED" : ready < record.wanted ? "IN_PROGRESS" : "READY";
  if (failed) out.status_reason = "FUNCTION_ERROR_INIT_FAILURE";
  co_return out;
}

Async<api::lambda::PutProvisionedConcurrencyConfigResponse> Provisioned::put(
    const wire::Call& call, api::lambda::PutProvisionedConcurrencyConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  if (ref.qualifier_or_latest() == kLatest) {
    co_return errors::invalid_parameter_value_exception(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  }
  using Answer = api::lambda::PutProvisionedConcurrencyConfigResponse;
  auto body = [&](store::Transaction& tx) -> Async<Answer> {
    TRY(const auto shares, co_await shares_of(tx, ref, input.provisioned_concurrent_executions));
    if (std::ranges::any_of(shares, [](const Share& share) { return share.version.version == kLatest; })) {
      co_return errors::invalid_parameter_value_exception(
          "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
    }
    for (const Share& share : shares) TRY_VOID(check_provisionable(share.version));
    TRY_VOID(co_await check_alone(tx, ref, shares));
    TRY_VOID(co_await take_places(tx, ref, input.provisioned_concurrent_executions,
                                  parts_.concurrency.account_limit()));
    const ProvisionedRecord record{.wanted = input.provisioned_concurrent_executions,
                                   .modified = parts_.clock.now()};
    table(tx).put(key_of(ref), record);
    TRY(Answer out, co_await describe<Answer>(tx, ref, record));
    if (out.status == "FAILED") out.status_reason.reset();
    if (out.status != "READY") out.status = "IN_PROGRESS";
    co_return out;
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::GetProvisionedConcurrencyConfigResponse> Provisioned::get(
    const wire::Call& call, api::lambda::GetProvisionedConcurrencyConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  if (ref.qualifier_or_latest() == kLatest) {
    co_return errors::invalid_parameter_value_exception(
        "The function resource provided must be an alias or a published version.");
  }
  using Answer = api::lambda::GetProvisionedConcurrencyConfigResponse;
  auto body = [&](store::Transaction& tx) -> Async<Answer> {
    TRY_VOID(co_await resolve(tx, ref));
    TRY(const auto record, co_await table(tx).get(key_of(ref)));
    if (!record) {
      co_return errors::provisioned_concurrency_config_not_found_exception(
          "No Provisioned Concurrency Config found for this function");
    }
    co_return co_await describe<Answer>(tx, ref, *record);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::ListProvisionedConcurrencyConfigsResponse> Provisioned::list(
    const wire::Call& call, api::lambda::ListProvisionedConcurrencyConfigsRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListProvisionedConcurrencyConfigsResponse> {
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    TRY(auto listing,
        co_await table(tx).list({.under = function_key(ref), .after = page.after, .rows_max = page.size}));
    api::lambda::ListProvisionedConcurrencyConfigsResponse out;
    out.provisioned_concurrency_configs.emplace();
    for (const auto& entry : listing.entries) {
      TRY(const auto key, store::parse_key<std::string, std::string, std::string, std::string>(entry.key));
      FunctionRef one = ref;
      one.qualifier = std::get<3>(key);
      TRY(auto item,
          co_await describe<api::lambda::ProvisionedConcurrencyConfigListItem>(tx, one, entry.record));
      item.function_arn = one.qualified_arn();
      out.provisioned_concurrency_configs->push_back(std::move(item));
    }
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::DeleteProvisionedConcurrencyConfig::Output> Provisioned::remove(
    const wire::Call& call, api::lambda::DeleteProvisionedConcurrencyConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteProvisionedConcurrencyConfig::Output> {
    TRY_VOID(co_await resolve(tx, ref));
    TRY_VOID(co_await erase_provisioned(tx, ref));
    co_return ops::DeleteProvisionedConcurrencyConfig::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Task<void> Provisioned::run() {
  store::Watch changes = parts_.store.watch(kProvisioned.bytes());
  for (;;) {
    const auto done = co_await reconcile();
    if (!done) log::warn("provisioned concurrency: {}", done.error().message);
    (void)co_await changes.changed(io::Loop::here().now() + kRetryTime);
  }
}

Async<void> Provisioned::reconcile() {
  auto collect = [&](store::Transaction& tx) -> Async<ByPool> {
    TRY(const auto all, co_await configs(tx, {}));
    ByPool wanted;
    for (const Config& config : all) {
      auto shares = co_await shares_of(tx, config.ref, config.record.wanted);
      if (!shares) {
        log::warn("provisioned concurrency of {}: {}", config.ref.qualified_arn(), shares.error().message);
        continue;
      }
      for (Share& share : *shares) {
        const auto [entry, is_new] = wanted.try_emplace(pool_key(config.ref, share.version));
        if (is_new) entry->second = {.ref = config.ref, .version = std::move(share.version)};
        entry->second.count += share.wanted;
      }
    }
    co_return wanted;
  };
  TRY(ByPool wanted, co_await parts_.store.read(collect));
  for (auto& [key, provided] : provided_) {
    if (wanted.contains(key)) continue;
    provided.count = 0;
    TRY_VOID(co_await provide(key, provided));
  }
  provided_ = std::move(wanted);
  for (const auto& [key, provided] : provided_) {
    const auto done = co_await provide(key, provided);
    if (!done) {
      log::warn("provisioned concurrency of {}: {}", provided.ref.qualified_arn(), done.error().message);
    }
  }
  co_return {};
}

Async<void> Provisioned::provide(const execution::PoolKey& key, const Provided& wanted) {
  const auto& [ref, version, count] = wanted;
  parts_.concurrency.set_aside(ref.account, ref.region, ref.name, version.version, static_cast<int>(count));
  const auto asked = parts_.executor.provision_of(key);
  if (asked.wanted == static_cast<size_t>(count)) co_return {};
  auto make = [&] { return make_config(parts_, ref, version); };
  co_return co_await parts_.executor.provision(key, make, static_cast<size_t>(count));
}

}  // namespace hearth::services::lambda
