#include "services/s3/bucket_policy.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "base/log.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/settings.h"
#include "services/s3/versions.h"

namespace hearth::services::s3 {
namespace {

constexpr std::string_view kArnPrefix = "arn:aws:s3:::";

// Conditions by which the world becomes somebody in particular.
bool narrows(const identity::Condition& condition) {
  constexpr std::string_view kKeys[] = {"aws:SourceIp",       "aws:SourceVpc",        "aws:SourceVpce",
                                        "aws:SourceArn",      "aws:SourceAccount",    "aws:SourceOwner",
                                        "aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:PrincipalArn",
                                        "aws:userid",         "s3:DataAccessPointArn"};
  return std::ranges::any_of(kKeys, [&](std::string_view key) { return iequals(condition.key_name(), key); });
}

Error malformed_policy(std::string message) {
  return {.code = "MalformedPolicy", .message = std::move(message), .status = 400};
}

Error no_policy(const std::string& bucket) {
  return errors::no_setting("NoSuchBucketPolicy", "The bucket policy does not exist", bucket);
}

Result<identity::Policy> parse_policy(const std::string& text) {
  if (text.size() > limits::kPolicyBytesMax) {
    return fail(malformed_policy("Policies must be no larger than 20 KB"));
  }
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{' || !parse_json(text)) {
    return fail(malformed_policy("Policies must be valid JSON and the first byte must be '{'"));
  }
  auto policy = identity::Policy::parse(text, identity::PolicyKind::kResource);
  if (!policy) return fail(malformed_policy(policy.error().message));
  return policy;
}

// Statements are about this bucket and what is in it.
Status check_resources(const std::string& text, const BucketRecord& bucket) {
  TRY_SYNC(const json::value document, parse_json(text));
  const json::value* statements = document.as_object().if_contains("Statement");
  const auto names_bucket = [&bucket](const json::value& resource) {
    if (!resource.is_string()) return false;
    const std::string_view arn = resource.get_string();
    if (!arn.starts_with(kArnPrefix)) return false;
    const std::string_view name = arn.substr(kArnPrefix.size(), arn.find('/') - kArnPrefix.size());
    return name == bucket.name || name.find_first_of("*?") != std::string_view::npos;
  };
  const auto check = [&](const json::value& statement) {
    const json::object* members = statement.if_object();
    const json::value* resource = members ? members->if_contains("Resource") : nullptr;
    if (!resource) return true;
    if (const json::array* list = resource->if_array()) return std::ranges::all_of(*list, names_bucket);
    return names_bucket(*resource);
  };
  const json::array* list = statements ? statements->if_array() : nullptr;
  const bool good = !statements || (list ? std::ranges::all_of(*list, check) : check(*statements));
  if (good) return {};
  return fail(malformed_policy("Policy has invalid resource"));
}

}  // namespace

bool is_public(const identity::Policy& policy) {
  const identity::Principal anyone;
  return std::ranges::any_of(policy.statements(), [&anyone](const identity::Statement& statement) {
    return statement.allows && statement.grant(anyone) != identity::Grant::kNone &&
           std::ranges::none_of(statement.conditions, narrows);
  });
}

void BucketPolicies::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::GetBucketPolicy>(*this, &BucketPolicies::get);
  router.on<ops::PutBucketPolicy>(*this, &BucketPolicies::put);
  router.on<ops::DeleteBucketPolicy>(*this, &BucketPolicies::remove);
  router.on<ops::GetBucketPolicyStatus>(*this, &BucketPolicies::status);
}

Async<api::s3::GetBucketPolicyOutput> BucketPolicies::get(const wire::Call& call,
                                                          api::s3::GetBucketPolicyRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::s3::GetBucketPolicyOutput> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY(auto text, co_await read_setting_text(tables, bucket, kPolicy));
    if (!text) co_return no_policy(bucket.name);
    co_return api::s3::GetBucketPolicyOutput{.policy = std::move(text)};
  };
  if (call.response_headers) call.response_headers->set("Content-Type", "application/json");
  co_return co_await parts_.store.read(body);
}

Async<api::s3::PutBucketPolicyOutput> BucketPolicies::put(const wire::Call& call,
                                                          api::s3::PutBucketPolicyRequest input) {
  const std::string text = std::move(input.policy).value_or("");
  TRY(const identity::Policy policy, parse_policy(text));
  const bool open = is_public(policy);
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY_VOID(check_resources(text, bucket));
    TRY(const PublicAccess access, co_await public_access_of(tables, bucket));
    if (open && access.block_policy) {
      co_return wire::access_denied(
          call, "User: " + call.identity.arn +
                    " is not authorized to perform: s3:PutBucketPolicy on resource: \"" + bucket.arn() +
                    "\" because public policies are prevented by the BlockPublicPolicy "
                    "setting in S3 Block Public Access.");
    }
    write_setting(tables, bucket, kPolicy, text);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::s3::PutBucketPolicyOutput{};
}

Async<api::s3::DeleteBucketPolicyOutput> BucketPolicies::remove(const wire::Call& call,
                                                                api::s3::DeleteBucketPolicyRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    erase_setting(tables, bucket, kPolicy);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::s3::DeleteBucketPolicyOutput{};
}

Async<api::s3::GetBucketPolicyStatusOutput> BucketPolicies::status(
    const wire::Call& call, api::s3::GetBucketPolicyStatusRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::s3::GetBucketPolicyStatusOutput> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY(const auto text, co_await read_setting_text(tables, bucket, kPolicy));
    if (!text) co_return no_policy(bucket.name);
    TRY(const identity::Policy policy, identity::Policy::parse(*text, identity::PolicyKind::kResource));
    co_return api::s3::GetBucketPolicyStatusOutput{.policy_status =
                                                       api::s3::PolicyStatus{.is_public = is_public(policy)}};
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::s3
