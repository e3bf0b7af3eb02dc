#include "services/s3/acls.h"

#include "identity/policy/principal.h"
#include "services/s3/access_point_names.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/objects.h"
#include "services/s3/settings.h"
#include "wire/auth.h"

namespace hearth::services::s3 {
namespace {

using identity::canonical_user_id;

constexpr SettingForm kAcl{.kind = "acl"};
constexpr std::pair<Ownership, std::string_view> kOwnerships[] = {
    {Ownership::kEnforced, "BucketOwnerEnforced"},
    {Ownership::kPreferred, "BucketOwnerPreferred"},
    {Ownership::kWriter, "ObjectWriter"}};

Error no_acls() {
  return {
      .code = "AccessControlListNotSupported", .message = "The bucket does not allow ACLs", .status = 400};
}
Error acls_and_enforced() {
  return {.code = "InvalidBucketAclWithObjectOwnership",
          .message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
          .status = 400};
}

Error acls_and_block() {
  return {.code = "InvalidBucketAclWithBlockPublicAccessError",
          .message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
          .status = 400};
}

// What a list may say where all is the bucket's owner's.
Status check_without_acls(const AclHeaders& headers) {
  const bool none = headers.grants.empty() && (!headers.canned || *headers.canned == "private" ||
                                               *headers.canned == "bucket-owner-full-control");
  return none ? Status() : fail(no_acls());
}

AclOwners owners_of(const BucketRecord& bucket, const std::string& account) {
  return {.own = canonical_user_id(account), .bucket = canonical_user_id(bucket.account)};
}

// By headers or by document.
template <typename Input>
Result<Grants> given_acl(const Input& input, const BucketRecord& bucket, const std::string& owner, AclOf of) {
  const AclHeaders headers = acl_headers(input);
  if (headers.empty() && !input.access_control_policy) {
    return fail(Error{.code = "MissingSecurityHeader",
                      .message = "Your request was missing a required header",
                      .extra = {{"MissingHeaderName", "x-amz-acl"}},
                      .status = 400});
  }
  if (!headers.empty() && input.access_control_policy) {
    return fail(Error{
        .code = "UnexpectedContent", .message = "This request does not support content", .status = 400});
  }
  const AclOwners owners = owners_of(bucket, owner);
  if (!headers.empty()) {
    if (!bucket.has_acls()) TRY_SYNC_VOID(check_without_acls(headers));
    return read_acl(headers, owners, of);
  }
  TRY_SYNC(Grants grants, read_acl(*input.access_control_policy, owners));
  if (!bucket.has_acls() && !is_private(grants, owners.own)) return fail(no_acls());
  return grants;
}

template <typename Input>
AclForm form_of(const Input& input) {
  return input.access_control_policy ? AclForm::kDocument : AclForm::kHeaders;
}

template <typename Output>
Output described(const std::string& owner, Grants grants) {
  Output output;
  output.owner = api::s3::Owner{.id = canonical_user_id(owner)};
  output.grants = std::move(grants);
  return output;
}

}  // namespace

void Acls::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::GetBucketAcl>(*this, &Acls::get_bucket);
  router.on<ops::PutBucketAcl>(*this, &Acls::put_bucket);
  router.on<ops::GetObjectAcl>(*this, &Acls::get_object);
  router.on<ops::PutObjectAcl>(*this, &Acls::put_object);
  router.on<ops::GetBucketOwnershipControls>(*this, &Acls::get_ownership);
  router.on<ops::PutBucketOwnershipControls>(*this, &Acls::put_ownership);
  router.on<ops::DeleteBucketOwnershipControls>(*this, &Acls::delete_ownership);
}

// ----- what others ask -----

Result<Ownership> parse_ownership(const std::string& text) {
  for (const auto& [ownership, name] : kOwnerships) {
    if (name == text) return ownership;
  }
  return fail(errors::malformed_xml());
}

Async<Grants> acl_of(Tables& tables, const BucketRecord& bucket) {
  std::optional<std::string> text;
  if (bucket.has_acls()) {
    TRY(text, co_await read_setting_text(tables, bucket, kAcl));
  }
  if (!text) co_return private_acl(canonical_user_id(bucket.account));
  co_return parse_acl(*text);
}

std::string owner_of(const BucketRecord& bucket, const ObjectHead& object) {
  return object.owner.empty() || !bucket.has_acls() ? bucket.account : object.owner;
}

Result<Grants> acl_of(const BucketRecord& bucket, const ObjectHead& object) {
  if (object.acl.empty() || !bucket.has_acls()) {
    return private_acl(canonical_user_id(owner_of(bucket, object)));
  }
  return parse_acl(object.acl);
}

namespace {

// Whether the access point by which the call came lets nobody give anything to the world.
Async<bool> blocks_on_the_way(store::Transaction& tx, const wire::Call& call) {
  const auto id = call.passage ? parse_access_point_arn(call.passage->gates.back().arn) : std::nullopt;
  if (!id) co_return false;
  TRY(const auto point, co_await AccessPointTables(tx).points.get(id->key()));
  co_return point && point->block_acls;
}

}  // namespace

Async<void> check_acl(Tables& tables, const wire::Call& call, const BucketRecord& bucket, Grants grants,
                      AclForm form) {
  TRY_VOID(co_await check_grantees(tables.tx, grants, form));
  if (!is_public(grants)) co_return {};
  TRY(const PublicAccess access, co_await public_access_of(tables, bucket));
  TRY(const bool on_the_way, co_await blocks_on_the_way(tables.tx, call));
  if (!access.block_acls && !on_the_way) co_return {};
  co_return wire::access_denied(
      call, "User: " + call.identity.arn + " is not authorized to perform: s3:" +
                std::string(call.operation->name) + " on resource: \"" + bucket.arn() +
                "\" because public access control lists (ACLs) are prevented by the BlockPublicAcls "
                "setting in S3 Block Public Access.");
}

Async<void> set_first_acl(Tables& tables, const BucketRecord& bucket, AclHeaders headers) {
  if (headers.empty()) co_return {};
  TRY(Grants grants, read_acl(headers, owners_of(bucket, bucket.account), AclOf::kBucket));
  if (is_private(grants, canonical_user_id(bucket.account))) co_return {};
  if (!bucket.has_acls()) co_return acls_and_enforced();
  TRY_VOID(co_await check_grantees(tables.tx, grants, AclForm::kHeaders));
  TRY(const PublicAccess access, co_await public_access_of(tables, bucket));
  if (access.block_acls && is_public(grants)) co_return acls_and_block();
  write_setting(tables, bucket, kAcl, acl_text(std::move(grants)));
  co_return {};
}

Async<void> own_object(Tables& tables, const wire::Call& call, const BucketRecord& bucket, AclHeaders headers,
                       ObjectHead& object) {
  object.owner.clear();
  object.acl.clear();
  if (!bucket.has_acls()) co_return check_without_acls(headers);
  const bool given_away =
      bucket.ownership == Ownership::kPreferred && headers.canned == "bucket-owner-full-control";
  if (!given_away && !call.identity.anonymous && call.identity.account != bucket.account) {
    object.owner = call.identity.account;
  }
  if (headers.empty()) co_return {};
  TRY(Grants grants, read_acl(headers, owners_of(bucket, owner_of(bucket, object)), AclOf::kObject));
  TRY_VOID(co_await check_acl(tables, call, bucket, grants, AclForm::kHeaders));
  object.acl = acl_text(std::move(grants));
  co_return {};
}

// ----- lists -----

Async<api::s3::GetBucketAclOutput> Acls::get_bucket(const wire::Call& call,
                                                    api::s3::GetBucketAclRequest input) {
  using Output = api::s3::GetBucketAclOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    TRY(Grants grants, co_await acl_of(tables, bucket));
    co_return described<Output>(bucket.account, std::move(grants));
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<api::s3::PutBucketAclOutput> Acls::put_bucket(const wire::Call& call,
                                                    api::s3::PutBucketAclRequest input) {
  using Output = api::s3::PutBucketAclOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    TRY(Grants grants, given_acl(input, bucket, bucket.account, AclOf::kBucket));
    TRY_VOID(co_await check_acl(tables, call, bucket, grants, form_of(input)));
    if (bucket.has_acls()) write_setting(tables, bucket, kAcl, acl_text(std::move(grants)));
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

namespace {

template <typename Input>
ObjectName name_of(const Input& input) {
  return {.bucket = input.bucket,
          .key = input.key,
          .version = input.version_id,
          .expected_owner = input.expected_bucket_owner};
}

void tell_version(const wire::Call& call, const FoundObject& found) {
  if (found.bucket.versioned() && call.response_headers) {
    call.response_headers->set("x-amz-version-id", found.object.version);
  }
}

}  // namespace

Async<api::s3::GetObjectAclOutput> Acls::get_object(const wire::Call& call,
                                                    api::s3::GetObjectAclRequest input) {
  using Output = api::s3::GetObjectAclOutput;
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    Tables tables(tx);
    TRY(const FoundObject found, co_await find_object(parts_, tables, call, name_of(input)));
    TRY(Grants grants, acl_of(found.bucket, found.object.head));
    tell_version(call, found);
    co_return described<Output>(owner_of(found.bucket, found.object.head), std::move(grants));
  };
  co_return co_await parts_.store.read(body);
}

Async<api::s3::PutObjectAclOutput> Acls::put_object(const wire::Call& call,
                                                    api::s3::PutObjectAclRequest input) {
  using Output = api::s3::PutObjectAclOutput;
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    Tables tables(tx);
    TRY(FoundObject found, co_await find_object(parts_, tables, call, name_of(input)));
    const BucketRecord& bucket = found.bucket;
    ObjectRecord& object = found.object;
    TRY(Grants grants, given_acl(input, bucket, owner_of(bucket, object.head), AclOf::kObject));
    TRY_VOID(co_await check_acl(tables, call, bucket, grants, form_of(input)));
    tell_version(call, found);
    const std::string text = acl_text(std::move(grants));
    TRY(Grants before, acl_of(bucket, object.head));
    if (!bucket.has_acls() || text == acl_text(std::move(before))) co_return Output{};
    object.head.acl = text;
    TRY_VOID(co_await change_object(parts_, tables, call, found, input.key, "ObjectAcl:Put"));
    co_return Output{};
  };
  co_return co_await parts_.store.transact(body);
}

// ----- ownership -----

Async<api::s3::GetBucketOwnershipControlsOutput> Acls::get_ownership(
    const wire::Call& call, api::s3::GetBucketOwnershipControlsRequest input) {
  using Output = api::s3::GetBucketOwnershipControlsOutput;
  auto run = [&](Tables&, const BucketRecord& bucket) -> Async<Output> {
    for (const auto& [ownership, name] : kOwnerships) {
      if (ownership != bucket.ownership) continue;
      api::s3::OwnershipControls controls;
      controls.rules.push_back({.object_ownership = std::string(name)});
      co_return Output{.ownership_controls = std::move(controls)};
    }
    co_return errors::no_setting("OwnershipControlsNotFoundError",
                                 "The bucket ownership controls were not found", bucket.name);
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<void> Acls::set_ownership(Tables& tables, BucketRecord bucket, Ownership ownership) {
  if (ownership == Ownership::kEnforced) {
    TRY(const Grants grants, co_await acl_of(tables, bucket));
    if (!is_private(grants, canonical_user_id(bucket.account))) co_return acls_and_enforced();
    erase_setting(tables, bucket, kAcl);
  }
  bucket.ownership = ownership;
  tables.buckets.put(store::Key(bucket.name), bucket);
  co_return {};
}

Async<api::s3::PutBucketOwnershipControlsOutput> Acls::put_ownership(
    const wire::Call& call, api::s3::PutBucketOwnershipControlsRequest input) {
  using Output = api::s3::PutBucketOwnershipControlsOutput;
  if (input.ownership_controls.rules.size() != 1) co_return errors::malformed_xml();
  TRY(const Ownership ownership, parse_ownership(input.ownership_controls.rules.front().object_ownership));
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    TRY_VOID(co_await set_ownership(tables, bucket, ownership));
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<api::s3::DeleteBucketOwnershipControlsOutput> Acls::delete_ownership(
    const wire::Call& call, api::s3::DeleteBucketOwnershipControlsRequest input) {
  using Output = api::s3::DeleteBucketOwnershipControlsOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    TRY_VOID(co_await set_ownership(tables, bucket, Ownership::kUnset));
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

}  // namespace hearth::services::s3
