#include "services/lambda/provisioned.h"

#include <fmt/format.h>

#include "base/log.h"
#include "services/lambda/account.h"
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

// A version and an alias of it cannot both be configured.
Async<void> check_alone(store::Transaction& tx, FunctionRef ref, const Resolved& target) {
  TRY(const auto others, co_await configs(tx, function_key(ref)));
  for (const Config& other : others) {
    if (other.ref.qualifier == ref.qualifier) continue;
    TRY(const Resolved pointed, co_await resolve(tx, other.ref));
    if (pointed.version.version != target.version.version) continue;
    co_return errors::resource_conflict_exception(
        target.alias.empty() ? "Version is pointed by a Provisioned Concurrency alias"
                             : "Alias can't be used for Provisioned Concurrency configuration on an already "
                               "Provisioned version");
  }
  co_return {};
}

// With `wanted` for this qualifier.
Async<void> check_limits(store::Transaction& tx, FunctionRef ref, const FunctionRecord& function,
                         int64_t wanted) {
  TRY(const auto stored, co_await table(tx).get(key_of(ref)));
  TRY(int64_t total, co_await provisioned_sum(tx, ref));
  total += wanted - (stored ? stored->wanted : 0);
  if (function.reserved_concurrency) {
    if (total <= *function.reserved_concurrency) co_return {};
    co_return errors::invalid_parameter_value_exception(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
        "function");
  }
  using execution::Concurrency;
  TRY(const int reserved, co_await reserved_sum(tx, ref.account, ref.region));
  if (total <= Concurrency::kAccountLimit - reserved - Concurrency::kUnreservedMin) co_return {};
  co_return errors::invalid_parameter_value_exception(
      fmt::format("Specified ConcurrentExecutions for function decreases account's "
                  "UnreservedConcurrentExecution below its minimum value of [{}].",
                  Concurrency::kUnreservedMin));
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
  if (record) table(tx).put(key_of(ref), *record);
  co_return {};
}

void erase_provisioned(store::Transaction& tx, const FunctionRef& ref) {
  table(tx).erase_under(ref.qualifier.empty() ? function_key(ref) : key_of(ref));
}

template <typename Shape>
Async<Shape> Provisioned::describe(store::Transaction& tx, FunctionRef ref, const ProvisionedRecord& record) {
  TRY(const Resolved target, co_await resolve(tx, ref));
  const execution::Provision now = parts_.executor.provision_of(pool_key(ref, target.version));
  const auto ready = static_cast<int32_t>(std::min(static_cast<int64_t>(now.ready), record.wanted));
  Shape out;
  out.requested_provisioned_concurrent_executions = static_cast<int32_t>(record.wanted);
  out.available_provisioned_concurrent_executions = ready;
  out.allocated_provisioned_concurrent_executions = ready;
  out.last_modified = iso8601_ms(record.modified).substr(0, 19) + "+0000";
  out.status = now.failed ? "FAILED" : ready < record.wanted ? "IN_PROGRESS" : "READY";
  if (now.failed) out.status_reason = "FUNCTION_ERROR_INIT_FAILURE";
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
    TRY(const Resolved target, co_await resolve(tx, ref));
    if (target.version.version == kLatest) {
      co_return errors::invalid_parameter_value_exception(
          "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
    }
    TRY_VOID(co_await check_alone(tx, ref, target));
    TRY_VOID(co_await check_limits(tx, ref, target.function, input.provisioned_concurrent_executions));
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
    table(tx).erase(key_of(ref));
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
  auto collect = [](store::Transaction& tx) -> Async<std::vector<Config>> {
    co_return co_await configs(tx, {});
  };
  TRY(const auto wanted, co_await parts_.store.read(collect));
  Keys kept;
  for (const Config& config : wanted) {
    const auto key = co_await provide(config.ref, config.record.wanted);
    if (key) {
      kept.insert(*key);
    } else {
      log::warn("provisioned concurrency of {}: {}", config.ref.qualified_arn(), key.error().message);
    }
  }
  for (const execution::PoolKey& key : provided_) {
    if (!kept.contains(key)) (void)co_await parts_.executor.provision(key, {}, 0);
  }
  provided_ = std::move(kept);
  co_return {};
}

Async<execution::PoolKey> Provisioned::provide(FunctionRef ref, int64_t count) {
  TRY(const TargetPtr target, co_await parts_.targets.find(ref));
  const VersionRecord& version = target->resolved.version;
  const execution::PoolKey key = pool_key(ref, version);
  const auto asked = parts_.executor.provision_of(key);
  if (asked.wanted != static_cast<size_t>(count)) {
    auto make = [&] { return make_config(parts_, ref, version); };
    TRY_VOID(co_await parts_.executor.provision(key, make, static_cast<size_t>(count)));
  }
  co_return key;
}

}  // namespace hearth::services::lambda
