#include "services/lambda/records.h"

#include "api/lambda.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

Error not_found(const std::string& arn) {
  return errors::resource_not_found_exception("Function not found: " + arn);
}

}  // namespace

Async<FunctionRecord> require_function(store::Transaction& tx, FunctionRef ref, std::string arn_in_error) {
  Tables tables(tx, ref);
  TRY(auto function, co_await tables.functions.get(store::Key(ref.name)));
  if (!function) co_return not_found(arn_in_error);
  co_return *std::move(function);
}

Async<Resolved> resolve(store::Transaction& tx, FunctionRef ref, double chance) {
  Tables tables(tx, ref);
  const std::string arn = ref.arn_of(ref.qualifier_or_latest());
  Resolved resolved;
  TRY(resolved.function, co_await require_function(tx, ref, arn));
  std::string version(ref.qualifier_or_latest());
  if (version != kLatest && !is_version(version)) {
    TRY(auto alias, co_await tables.aliases.get(store::Key(ref.name, version)));
    if (!alias) co_return not_found(arn);
    resolved.alias = std::exchange(version, alias->version);
    resolved.by_chance = !alias->extra_version.empty();
    if (resolved.by_chance && chance < alias->extra_weight) version = alias->extra_version;
  }
  if (version == kLatest) {
    resolved.version = resolved.function.latest;
    co_return resolved;
  }
  TRY(auto record, co_await tables.versions.get(store::Key(ref.name, version_number(version))));
  if (!record) co_return not_found(arn);
  resolved.version = *std::move(record);
  co_return resolved;
}

Async<Resolved> resolve_to_run(store::Transaction& tx, FunctionRef ref, double chance) {
  TRY(Resolved resolved, co_await resolve(tx, ref, chance));
  if (!resolved.version.managed || resolved.version.version != kLatest) co_return resolved;
  TRY(auto published, co_await Tables(tx, ref).versions.get(store::Key(ref.name, kLatestPublishedNumber)));
  if (!published) {
    co_return errors::no_published_version_exception("The function has no published version: " + ref.arn());
  }
  resolved.version = *std::move(published);
  co_return resolved;
}

}  // namespace hearth::services::lambda
