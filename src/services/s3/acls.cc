#include "services/s3/acls.h"

#include <algorithm>

#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/names.h"
#include "services/s3/objects.h"

namespace hearth::services::s3 {
namespace {

template <typename Output>
Output list_of(const BucketRecord& bucket) {
  const std::string id = canonical_id(bucket.account);
  Output output;
  output.owner = api::s3::Owner{.id = id};
  output.grants = {api::s3::Grant{.grantee = api::s3::Grantee{.id = id, .type = "CanonicalUser"},
                                  .permission = "FULL_CONTROL"}};
  return output;
}

// What a list may say: that everything is the owner's.
bool is_owners(const api::s3::AccessControlPolicy& list, const BucketRecord& bucket) {
  const std::string id = canonical_id(bucket.account);
  return list.grants && std::ranges::all_of(*list.grants, [&id](const api::s3::Grant& grant) {
           return grant.grantee && grant.grantee->id == id && grant.permission == "FULL_CONTROL";
         });
}

template <typename Input>
Status check_list(const Input& input, const BucketRecord& bucket) {
  const bool by_header = input.grant_full_control || input.grant_read || input.grant_read_acp ||
                         input.grant_write || input.grant_write_acp;
  if (!input.acl && !by_header && !input.access_control_policy) {
    return fail(Error{.code = "MissingSecurityHeader",
                      .message = "Your request was missing a required header",
                      .extra = {{"MissingHeaderName", "x-amz-acl"}},
                      .status = 400});
  }
  if (input.acl && by_header) {
    return fail(errors::invalid_request("Specifying both Canned ACLs and Header Grants is not allowed"));
  }
  const bool canned = input.acl && (*input.acl == "private" || *input.acl == "bucket-owner-full-control");
  if (canned || (input.access_control_policy && is_owners(*input.access_control_policy, bucket))) return {};
  return fail(Error{
      .code = "AccessControlListNotSupported", .message = "The bucket does not allow ACLs", .status = 400});
}

}  // namespace

void Acls::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::GetBucketAcl>(*this, &Acls::get_bucket);
  router.on<ops::PutBucketAcl>(*this, &Acls::put_bucket);
  router.on<ops::GetObjectAcl>(*this, &Acls::get_object);
  router.on<ops::PutObjectAcl>(*this, &Acls::put_object);
}

Async<api::s3::GetBucketAclOutput> Acls::get_bucket(const wire::Call& call,
                                                    api::s3::GetBucketAclRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::s3::GetBucketAclOutput> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    co_return list_of<api::s3::GetBucketAclOutput>(bucket);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::s3::PutBucketAclOutput> Acls::put_bucket(const wire::Call& call,
                                                    api::s3::PutBucketAclRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::s3::PutBucketAclOutput> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY_VOID(check_list(input, bucket));
    co_return api::s3::PutBucketAclOutput{};
  };
  co_return co_await parts_.store.read(body);
}

namespace {

template <typename Input>
ObjectName name_of(const Input& input) {
  return {.bucket = input.bucket,
          .key = input.key,
          .version = input.version_id,
          .expected_owner = input.expected_bucket_owner};
}

}  // namespace

Async<api::s3::GetObjectAclOutput> Acls::get_object(const wire::Call& call,
                                                    api::s3::GetObjectAclRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::s3::GetObjectAclOutput> {
    Tables tables(tx);
    TRY(const FoundObject found, co_await find_object(parts_, tables, call, name_of(input)));
    co_return list_of<api::s3::GetObjectAclOutput>(found.bucket);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::s3::PutObjectAclOutput> Acls::put_object(const wire::Call& call,
                                                    api::s3::PutObjectAclRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::s3::PutObjectAclOutput> {
    Tables tables(tx);
    TRY(const FoundObject found, co_await find_object(parts_, tables, call, name_of(input)));
    TRY_VOID(check_list(input, found.bucket));
    co_return api::s3::PutObjectAclOutput{};
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::s3
