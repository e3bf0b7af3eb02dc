#include "services/lambda/aliases.h"

#include <fmt/format.h>

#include "services/lambda/attached.h"
#include "services/lambda/paging.h"
#include "services/lambda/provisioned.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using api::lambda::AliasConfiguration;
using store::Key;

AliasConfiguration describe(const FunctionRef& ref, const std::string& name, const AliasRecord& record) {
  AliasConfiguration out{.alias_arn = ref.arn_of(name),
                         .name = name,
                         .function_version = record.version,
                         .description = record.description,
                         .revision_id = record.revision_id};
  if (!record.extra_version.empty()) {
    out.routing_config = {.additional_version_weights =
                              std::map<std::string, double>{{record.extra_version, record.extra_weight}}};
  }
  return out;
}

Status apply_routing(const std::optional<api::lambda::AliasRoutingConfiguration>& routing,
                     AliasRecord& record) {
  if (!routing) return {};
  record.extra_version = "";
  record.extra_weight = 0;
  if (!routing->additional_version_weights || routing->additional_version_weights->empty()) return {};
  const auto& weights = *routing->additional_version_weights;
  if (weights.size() > 1) {
    return fail(errors::invalid_parameter_value_exception(
        "Number of items in AdditionalVersionWeights cannot be greater than 1"));
  }
  std::tie(record.extra_version, record.extra_weight) = *weights.begin();
  return {};
}

Status check_routing(const AliasRecord& record) {
  if (record.extra_version.empty()) return {};
  if (record.version == kLatest || record.extra_version == kLatest) {
    return fail(errors::invalid_parameter_value_exception(
        "$LATEST is not supported for an alias pointing to more than 1 version"));
  }
  if (record.extra_version == record.version) {
    return fail(errors::invalid_parameter_value_exception(fmt::format(
        "Invalid function version {0}. Function version {0} is already included in routing configuration.",
        record.version)));
  }
  return {};
}

Async<void> check_versions(Tables& tables, FunctionRef ref, AliasRecord record) {
  TRY_VOID(check_routing(record));
  for (const std::string& version : {record.version, record.extra_version}) {
    if (version.empty() || version == kLatest) continue;
    bool there = false;
    if (is_version(version)) {
      TRY(there, co_await tables.versions.contains(Key(ref.name, version_number(version))));
    }
    if (!there) {
      co_return errors::resource_not_found_exception("Function not found: " + ref.arn_of(version));
    }
  }
  co_return {};
}

FunctionRef aliased(FunctionRef ref, const std::string& alias) {
  ref.qualifier = alias;
  return ref;
}

}  // namespace

void Aliases::mount(wire::Router& router) {
  router.on<ops::CreateAlias>(*this, &Aliases::create);
  router.on<ops::GetAlias>(*this, &Aliases::get);
  router.on<ops::ListAliases>(*this, &Aliases::list);
  router.on<ops::UpdateAlias>(*this, &Aliases::update);
  router.on<ops::DeleteAlias>(*this, &Aliases::remove);
}

Async<AliasConfiguration> Aliases::create(const wire::Call& call, api::lambda::CreateAliasRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  AliasRecord record{.version = input.function_version, .description = input.description};
  TRY_VOID(apply_routing(input.routing_config, record));
  auto body = [&](store::Transaction& tx) -> Async<AliasConfiguration> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    const Key key(ref.name, input.name);
    TRY(const bool exists, co_await tables.aliases.contains(key));
    if (exists)
      co_return errors::resource_conflict_exception("Alias already exists: " + ref.arn_of(input.name));
    TRY_VOID(co_await check_versions(tables, ref, record));
    record.revision_id = parts_.random.uuid();
    tables.aliases.put(key, record);
    co_return describe(ref, input.name, record);
  };
  co_return co_await parts_.store.transact(body);
}

Async<AliasConfiguration> Aliases::get(const wire::Call& call, api::lambda::GetAliasRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  auto body = [&](store::Transaction& tx) -> Async<AliasConfiguration> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    TRY(const auto record, co_await tables.aliases.get(Key(ref.name, input.name)));
    if (!record)
      co_return errors::resource_not_found_exception("Cannot find alias arn: " + ref.arn_of(input.name));
    co_return describe(ref, input.name, *record);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::ListAliasesResponse> Aliases::list(const wire::Call& call,
                                                      api::lambda::ListAliasesRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListAliasesResponse> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    TRY(auto listing,
        co_await tables.aliases.list({.under = Key(ref.name), .after = page.after, .rows_max = page.size}));
    api::lambda::ListAliasesResponse out;
    out.aliases.emplace();
    for (const auto& entry : listing.entries) {
      if (input.function_version && entry.record.version != *input.function_version) continue;
      TRY(auto key, store::parse_key<std::string, std::string>(entry.key));
      out.aliases->push_back(describe(ref, std::get<1>(key), entry.record));
    }
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<AliasConfiguration> Aliases::update(const wire::Call& call, api::lambda::UpdateAliasRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  auto body = [&](store::Transaction& tx) -> Async<AliasConfiguration> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    const Key key(ref.name, input.name);
    TRY(auto record, co_await tables.aliases.get(key));
    if (!record) co_return errors::resource_not_found_exception("Alias not found: " + ref.arn_of(input.name));
    if (input.revision_id && *input.revision_id != record->revision_id) {
      co_return errors::precondition_failed_exception(std::string(kRevisionMismatch));
    }
    if (input.function_version) record->version = *input.function_version;
    if (input.description) record->description = *input.description;
    TRY_VOID(apply_routing(input.routing_config, *record));
    TRY_VOID(co_await check_versions(tables, ref, *record));
    record->revision_id = parts_.random.uuid();
    tables.aliases.put(key, *record);
    TRY_VOID(co_await touch_provisioned(tx, aliased(ref, input.name)));
    co_return describe(ref, input.name, *record);
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteAlias::Output> Aliases::remove(const wire::Call& call,
                                                api::lambda::DeleteAliasRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteAlias::Output> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    tables.aliases.erase(Key(ref.name, input.name));
    TRY_VOID(co_await erase_attached(tx, aliased(ref, input.name)));
    co_return ops::DeleteAlias::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::lambda
