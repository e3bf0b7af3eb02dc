#include "services/s3/bucket_facts.h"

#include <algorithm>

#include "base/json.h"
#include "identity/arn.h"
#include "services/s3/acls.h"
#include "services/s3/arns.h"
#include "services/s3/bucket_policy.h"
#include "services/s3/errors.h"
#include "services/s3/settings.h"
#include "services/s3/versions.h"

namespace hearth::services::s3 {
namespace {

using identity::ResourceFacts;
using identity::ResourceFactsPtr;

struct Name {
  std::string bucket;
  std::string key;  // empty: the bucket itself
};

Name name_in(std::string_view arn) {
  arn.remove_prefix(std::min(arn.size(), kBucketArnPrefix.size()));
  const size_t slash = arn.find('/');
  Name name{.bucket = std::string(arn.substr(0, slash))};
  if (slash != std::string_view::npos) name.key = arn.substr(slash + 1);
  return name;
}

void add(json::object& document, json::array statements) {
  json::array& all = statements_of(document);
  for (json::value& statement : statements) all.push_back(std::move(statement));
}

// What the bucket's policy says, as far as it reaches.
Async<json::object> policy_document(Tables& tables, const BucketRecord& bucket, const PublicAccess& access) {
  TRY(const auto text, co_await read_setting_text(tables, bucket, kPolicy));
  if (!text) co_return json::object();
  co_return reach_of(*text, {.arn = bucket.arn(), .account = bucket.account}, access.restrict_buckets);
}

// What the owner of the bucket allows says nothing of objects that are others'.
json::object only_denials(json::object document) {
  json::array kept;
  for (json::value& statement : statements_of(document)) {
    const json::value* effect = statement.as_object().if_contains("Effect");
    if (effect && *effect == "Deny") kept.push_back(std::move(statement));
  }
  document["Statement"] = std::move(kept);
  return document;
}

// Actions that are about an object that is there.
bool sees_tags(std::string_view action) {
  return action.starts_with("s3:GetObject") || action.ends_with("Tagging") || action.ends_with("Acl");
}

bool is_of_policy(std::string_view action) {
  return action == "s3:GetBucketPolicy" || action == "s3:PutBucketPolicy" ||
         action == "s3:DeleteBucketPolicy";
}

// arn:partition:service:region:account:rest
std::string account_in(std::string_view arn) {
  constexpr int kBefore = 4;
  for (int i = 0; i < kBefore; ++i) arn.remove_prefix(std::min(arn.size(), arn.find(':') + 1));
  return std::string(arn.substr(0, arn.find(':')));
}

bool is_of_uploads(std::string_view action) {
  return action == "s3:AbortMultipartUpload" || action == "s3:ListMultipartUploadParts";
}

// Actions that the making of a bucket may need, which is not there then.
bool makes_buckets(std::string_view action) {
  constexpr std::string_view kAll[] = {"s3:PutBucketAcl", "s3:PutBucketOwnershipControls",
                                       "s3:PutBucketObjectLockConfiguration", "s3:TagResource"};
  return std::ranges::find(kAll, action) != std::end(kAll);
}

Result<ResourceFactsPtr> facts_saying(std::string account, json::object document) {
  auto facts = std::make_shared<ResourceFacts>();
  facts->account = std::move(account);
  TRY_SYNC(facts->policy, compiled(std::move(document)));
  return ResourceFactsPtr(std::move(facts));
}

std::string version_in(const wire::Permission& permission) {
  for (const auto& [key, values] : permission.conditions) {
    if (key == "s3:VersionId" && !values.empty()) return values.front();
  }
  return {};
}

}  // namespace

struct BucketFacts::Known {
  BucketRecord bucket;
  PublicAccess access;
  Grants grants;                     // the bucket's list
  json::object document;             // the policy
  ResourceFactsPtr facts;            // of the bucket, its list among them
  ResourceFactsPtr facts_of_policy;  // the same for those actions that change the policy
  ResourceFactsPtr facts_by_point;   // the same for who comes by an access point that ignores public lists
};

BucketFacts::BucketFacts(Parts& parts, AccessPointFacts& access_points)
    : parts_(parts), access_points_(access_points), watch_(parts.store.watch(bucket_space().bytes())) {}

Async<std::shared_ptr<const BucketFacts::Known>> BucketFacts::known(std::string bucket) {
  using Pointer = std::shared_ptr<const Known>;
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    Tables tables(tx);
    TRY(const auto record, co_await tables.buckets.get(store::Key(bucket)));
    if (!record) co_return Pointer();
    auto known = std::make_shared<Known>(Known{.bucket = *record});
    TRY(known->access, co_await public_access_of(tables, *record));
    TRY(known->document, co_await policy_document(tables, *record, known->access));
    TRY(known->grants, co_await acl_of(tables, *record));
    const Grants& grants = known->grants;
    json::object document = known->document;
    const bool counts = record->has_acls() && !(known->access.ignore_acls && is_public(grants));
    if (counts) add(document, acl_statements(grants, AclOf::kBucket, record->arn()));
    TRY(known->facts, facts_saying(record->account, std::move(document)));
    ResourceFacts of_policy = *known->facts;
    of_policy.open_to_root = true;
    known->facts_of_policy = std::make_shared<const ResourceFacts>(std::move(of_policy));
    known->facts_by_point = known->facts;
    if (counts && is_public(grants)) {
      TRY(known->facts_by_point, facts_saying(record->account, known->document));
    }
    co_return Pointer(std::move(known));
  };
  auto read = [&]() -> Async<Pointer> { co_return co_await parts_.store.read(body); };
  co_return co_await kept_.find(bucket, read);
}

Async<std::optional<ObjectRecord>> BucketFacts::object_of(const BucketRecord& bucket, std::string key,
                                                          std::string version) {
  const Place place{.bucket = bucket, .key = std::move(key)};
  auto body = [&](store::Transaction& tx) -> Async<std::optional<ObjectRecord>> {
    Tables tables(tx);
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    if (version.empty()) co_return co_await versions.current(place);
    co_return co_await versions.find(place, version);
  };
  TRY(auto object, co_await parts_.store.read(body));
  if (object && object->marker) object.reset();
  co_return std::move(object);
}

Async<ResourceFactsPtr> BucketFacts::facts_of_upload(const Known& known, const wire::Permission& permission) {
  const json::value* id = permission.input ? permission.input->if_contains("UploadId") : nullptr;
  if (!id || !id->is_string()) co_return known.facts;
  const store::Key key(known.bucket.id, name_in(permission.resource).key, std::string(id->get_string()));
  auto body = [&](store::Transaction& tx) -> Async<std::optional<UploadRecord>> {
    Tables tables(tx);
    co_return co_await tables.uploads.get(key);
  };
  TRY(const auto upload, co_await parts_.store.read(body));
  const std::string account = upload ? account_in(upload->initiator) : std::string();
  if (!identity::is_account_id(account) || account == known.bucket.account) co_return known.facts;
  json::object document = known.document;
  json::array allowed{json::object{{"Effect", "Allow"},
                                   {"Principal", {{"AWS", account}}},
                                   {"Action", permission.action},
                                   {"Resource", permission.resource}}};
  add(document, std::move(allowed));
  co_return facts_saying(known.bucket.account, std::move(document));
}

// What is not there has no list. Who may list the bucket may ask for it, and is told so.
Async<ResourceFactsPtr> BucketFacts::facts_of_missing(const Known& known,
                                                      const wire::Permission& permission) {
  TRY(const bool on_the_way, co_await access_points_.ignores_lists(permission));
  const bool counts = !((known.access.ignore_acls || on_the_way) && is_public(known.grants));
  if (!counts) co_return known.facts_by_point;
  json::object document = known.document;
  add(document, acl_statements(known.grants, AclOf::kBucket, known.bucket.arn()));
  Grants readers = known.grants;
  std::erase_if(readers, [](const api::s3::Grant& grant) {
    return grant.permission != "READ" && grant.permission != "FULL_CONTROL";
  });
  add(document, acl_statements(readers, AclOf::kObject, permission.resource));
  co_return facts_saying(known.bucket.account, std::move(document));
}

Async<ResourceFactsPtr> BucketFacts::facts_of_object(const Known& known, const wire::Permission& permission) {
  TRY(const auto object,
      co_await object_of(known.bucket, name_in(permission.resource).key, version_in(permission)));
  if (!object) co_return co_await facts_of_missing(known, permission);
  auto facts = std::make_shared<ResourceFacts>();
  facts->account = owner_of(known.bucket, object->head);
  json::object document =
      facts->account == known.bucket.account ? known.document : only_denials(known.document);
  TRY(const Grants grants, acl_of(known.bucket, object->head));
  TRY(const bool on_the_way, co_await access_points_.ignores_lists(permission));
  const bool counts = !((known.access.ignore_acls || on_the_way) && is_public(grants));
  if (counts) add(document, acl_statements(grants, AclOf::kObject, permission.resource));
  TRY(facts->policy, compiled(std::move(document)));
  co_return ResourceFactsPtr(std::move(facts));
}

Async<ResourceFactsPtr> BucketFacts::facts_of(const wire::Permission& permission) {
  static const ResourceFactsPtr kNothing = std::make_shared<const ResourceFacts>();
  if (!permission.resource.starts_with(kBucketArnPrefix))
    co_return co_await access_points_.facts_of(permission);
  // A name that somebody else has is no secret.
  if (permission.action == "s3:CreateBucket") co_return kNothing;
  const std::string bucket = name_in(permission.resource).bucket;
  TRY(const auto found, co_await known(bucket));
  if (!found && makes_buckets(permission.action)) co_return kNothing;
  if (!found) co_return errors::no_such_bucket(bucket);  // which everybody is told
  if (is_of_policy(permission.action)) co_return found->facts_of_policy;
  if (is_of_uploads(permission.action)) co_return co_await facts_of_upload(*found, permission);
  if (!found->bucket.has_acls()) co_return found->facts;
  if (!is_granted_by_objects(permission.action)) {
    TRY(const bool on_the_way, co_await access_points_.ignores_lists(permission));
    co_return on_the_way ? found->facts_by_point : found->facts;
  }
  co_return co_await facts_of_object(*found, permission);
}

Async<void> BucketFacts::add_dear_values(wire::Permission& permission) {
  if (!sees_tags(permission.action)) co_return {};
  TRY(const std::string resource, co_await access_points_.behind(permission.resource));
  const Name name = name_in(resource);
  if (name.key.empty()) co_return {};
  TRY(const auto found, co_await known(name.bucket));
  if (!found) co_return {};
  TRY(const auto object, co_await object_of(found->bucket, name.key, version_in(permission)));
  if (!object) co_return {};
  for (const auto& [tag, value] : object->head.tags) {
    permission.conditions.emplace_back("s3:ExistingObjectTag/" + tag, std::vector{value});
  }
  co_return {};
}

}  // namespace hearth::services::s3
