#include "services/s3/access_point_facts.h"

#include "services/s3/access_point_names.h"
#include "services/s3/arns.h"
#include "services/s3/bucket_policy.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {
namespace {

constexpr std::string_view kInside = "/object/";

// An ARN of an access point, and what follows it.
struct PointArn {
  std::optional<AccessPointId> id;
  std::string_view key;
};
PointArn split_arn(std::string_view arn) {
  const size_t inside = arn.find(kInside);
  if (inside == std::string_view::npos) return {.id = parse_access_point_arn(arn), .key = {}};
  return {.id = parse_access_point_arn(arn.substr(0, inside)), .key = arn.substr(inside + kInside.size())};
}

Result<identity::ResourceFactsPtr> facts_of_record(const AccessPointRecord& record,
                                                   const PublicAccess& account) {
  auto facts = std::make_shared<identity::ResourceFacts>();
  facts->account = record.id.account;
  facts->tags = record.tags;
  if (!record.policy.empty()) {
    TRY_SYNC(json::object document,
             reach_of(record.policy, {.arn = record.id.arn(), .account = record.id.account},
                      record.restrict_buckets || account.restrict_buckets));
    TRY_SYNC(facts->policy, compiled(std::move(document)));
  }
  return identity::ResourceFactsPtr(std::move(facts));
}

}  // namespace

AccessPointFacts::AccessPointFacts(Parts& parts)
    : parts_(parts), watch_(parts.store.watch(bucket_space().bytes())) {}

Async<KnownAccessPointPtr> AccessPointFacts::find(AccessPointId id) {
  auto body = [&](store::Transaction& tx) -> Async<KnownAccessPointPtr> {
    AccessPointTables tables(tx);
    TRY(const auto record, co_await tables.points.get(id.key()));
    if (!record) co_return KnownAccessPointPtr();
    auto known = std::make_shared<KnownAccessPoint>(KnownAccessPoint{.record = *record, .facts = nullptr});
    TRY(const PublicAccess account, co_await public_access_of_account(tables.settings, record->id.account));
    TRY(known->facts, facts_of_record(*record, account));
    co_return KnownAccessPointPtr(std::move(known));
  };
  auto read = [&]() -> Async<KnownAccessPointPtr> { co_return co_await parts_.store.read(body); };
  co_return co_await kept_.find(id.arn(), read);
}

Async<KnownAccessPointPtr> AccessPointFacts::find_alias(std::string alias) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<AccessPointId>> {
    co_return co_await AccessPointTables(tx).aliases.get(store::Key(alias));
  };
  auto read = [&]() -> Async<KnownAccessPointPtr> {
    TRY(const auto id, co_await parts_.store.read(body));
    if (!id) co_return KnownAccessPointPtr();
    co_return co_await find(*id);
  };
  co_return co_await kept_.find(alias, read);
}

Async<std::string> AccessPointFacts::bucket_of(std::string name) {
  if (!is_access_point_alias(name)) co_return name;
  TRY(const auto known, co_await find_alias(name));
  co_return known && !known->record.bucket.empty() ? known->record.bucket : name;
}

Async<identity::ResourceFactsPtr> AccessPointFacts::facts_of(const wire::Permission& permission) {
  static const auto kNothing = std::make_shared<const identity::ResourceFacts>();
  const PointArn arn = split_arn(permission.resource);
  if (!arn.id) co_return kNothing;
  TRY(const auto known, co_await find(*arn.id));
  if (!known) co_return kNothing;
  co_return known->facts;
}

Async<bool> AccessPointFacts::ignores_lists(const wire::Permission& permission) {
  for (const auto& [key, values] : permission.conditions) {
    if (key != kDataAccessPointArn || values.empty()) continue;
    const auto id = parse_access_point_arn(values.front());
    if (!id) continue;
    TRY(const auto known, co_await find(*id));
    co_return known && known->record.ignore_acls;
  }
  co_return false;
}

Async<std::string> AccessPointFacts::behind(std::string arn) {
  const PointArn point = split_arn(arn);
  if (!point.id || point.key.empty()) co_return arn;
  TRY(const auto known, co_await find(*point.id));
  if (!known) co_return arn;
  co_return object_arn(known->record.bucket, point.key);
}

}  // namespace hearth::services::s3
