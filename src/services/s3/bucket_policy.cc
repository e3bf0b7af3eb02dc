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

constexpr SettingForm kPolicy{.kind = "policy"};

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

// A public policy reaches nobody but the owner's account where RestrictPublicBuckets says so.
constexpr std::string_view kRestriction =
    R"({{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{"StringNotEquals":)"
    R"({{"aws:PrincipalAccount":"{}"}},"BoolIfExists":{{"aws:PrincipalIsAWSService":"false"}}}}}})";

std::string restricted(const std::string& text, const std::string& account) {
  auto document = parse_json(text);
  auto restriction = parse_json(fmt::format(fmt::runtime(kRestriction), account));
  json::value& statements = document->as_object()["Statement"];
  if (!statements.is_array()) statements = json::array{statements};
  statements.as_array().push_back(*std::move(restriction));
  return to_text(*document);
}

Async<identity::PolicyPtr> compiled(Tables& tables, BucketRecord bucket) {
  TRY(auto text, co_await read_setting_text(tables, bucket, kPolicy));
  if (!text) co_return identity::PolicyPtr();
  auto policy = identity::Policy::parse(*text, identity::PolicyKind::kResource);
  if (policy && is_public(*policy)) {
    TRY(const PublicAccess access, co_await public_access_of(tables, bucket));
    if (access.restrict_buckets) {
      policy = identity::Policy::parse(restricted(*text, bucket.account), identity::PolicyKind::kResource);
    }
  }
  if (policy) co_return std::make_shared<const identity::Policy>(*std::move(policy));
  // What it denied is not known any more.
  log::error("the policy of {} cannot be read: {}", bucket.arn(), policy.error().message);
  co_return policy.error();
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

BucketFacts::BucketFacts(Parts& parts) : parts_(parts), watch_(parts.store.watch(bucket_space().bytes())) {}

namespace {

// Those that are about an object that is there.
bool sees_tags(std::string_view action) {
  return action.starts_with("s3:GetObject") || action.ends_with("Tagging") || action.ends_with("Acl");
}

std::optional<std::string> version_of(const wire::Permission& permission) {
  for (const auto& [key, values] : permission.conditions) {
    if (key == kVersionKey && !values.empty()) return values.front();
  }
  return std::nullopt;
}

}  // namespace

Async<void> BucketFacts::add_dear_values(wire::Permission& permission) {
  const std::string_view name = std::string_view(permission.resource).substr(kArnPrefix.size());
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos || !sees_tags(permission.action)) co_return {};
  const std::string bucket_name(name.substr(0, slash)), key(name.substr(slash + 1));
  auto body = [&](store::Transaction& tx) -> Async<std::optional<ObjectRecord>> {
    Tables tables(tx);
    TRY(const auto bucket, co_await tables.buckets.get(store::Key(bucket_name)));
    if (!bucket) co_return std::optional<ObjectRecord>();
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    const Place place{.bucket = *bucket, .key = key};
    const auto version = version_of(permission);
    if (version) co_return co_await versions.find(place, *version);
    co_return co_await versions.current(place);
  };
  TRY(const auto object, co_await parts_.store.read(body));
  if (!object) co_return {};
  for (const auto& [tag, value] : object->head.tags) {
    permission.conditions.emplace_back("s3:ExistingObjectTag/" + tag, std::vector{value});
  }
  co_return {};
}

Async<identity::ResourceFactsPtr> BucketFacts::facts_of(std::string action, std::string resource) {
  using Pointer = identity::ResourceFactsPtr;
  static const Pointer kNothing = std::make_shared<const identity::ResourceFacts>();
  // A name that somebody else has is no secret.
  if (action == "s3:CreateBucket") co_return kNothing;
  std::string name = resource.substr(std::min(resource.size(), kArnPrefix.size()));
  name.resize(std::min(name.size(), name.find('/')));
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    auto facts = std::make_shared<identity::ResourceFacts>();
    Tables tables(tx);
    TRY(const auto bucket, co_await tables.buckets.get(store::Key(name)));
    if (bucket) {
      facts->account = bucket->account;
      TRY(facts->policy, co_await compiled(tables, *bucket));
    }
    co_return Pointer(std::move(facts));
  };
  auto read = [&]() -> Async<Pointer> { co_return co_await parts_.store.read(body); };
  co_return co_await kept_.find(name, read);
}

}  // namespace hearth::services::s3
