#include "services/s3/bucket_policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "base/log.h"
#include "services/s3/arns.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/public_policy.h"
#include "services/s3/settings.h"
#include "services/s3/versions.h"

namespace hearth::services::s3 {
namespace {

// A public policy reaches nobody but the owner's account where RestrictPublicBuckets says so.
constexpr std::string_view kRestriction =
    R"({{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{{"StringNotEquals":)"
    R"({{"aws:PrincipalAccount":"{}"}},"BoolIfExists":{{"aws:PrincipalIsAWSService":"false"}}}}}})";

Error malformed_policy(std::string message) {
  return {.code = "MalformedPolicy", .message = std::move(message), .status = 400};
}

// What the grammar says, as S3 says it: of principals in an element of its own.
Error told(std::string message) {
  constexpr std::string_view kPrincipal = "Invalid principal in policy: ";
  if (!message.starts_with(kPrincipal)) return malformed_policy(std::move(message));
  Error error = malformed_policy("Invalid principal in policy");
  error.extra.emplace_back("Detail", message.substr(kPrincipal.size()));
  return error;
}

bool is_own_action(const json::value& action) {
  if (!action.is_string()) return true;  // it is for the grammar to say what is wrong
  const std::string_view name = action.get_string();
  return name == "*" || name.find(':') == std::string_view::npos || to_lower(name).starts_with("s3");
}

// What each statement needs, with texts of S3's own. The text is a JSON object.
Status check_fields(const std::string& text) {
  TRY_SYNC(json::value document, parse_json(text));
  if (!document.as_object().contains("Statement")) {
    return fail(malformed_policy("Missing required field Statement"));
  }
  const json::array& statements = statements_of(document.as_object());
  if (statements.empty()) return fail(malformed_policy("Could not parse the policy: Statement is empty!"));
  for (const json::value& statement : statements) {
    const json::object* members = statement.if_object();
    if (!members) continue;
    for (const char* name : {"Effect", "Principal", "Action", "Resource"}) {
      if (members->contains(name) || members->contains("Not" + std::string(name))) continue;
      return fail(malformed_policy("Missing required field " + std::string(name)));
    }
    for (const char* name : {"Action", "NotAction"}) {
      const json::value* actions = members->if_contains(name);
      const json::array one = actions ? json::array{*actions} : json::array();
      const json::array* list = actions ? actions->if_array() : nullptr;
      if (!std::ranges::all_of(list ? *list : one, is_own_action)) {
        return fail(malformed_policy("Policy has invalid action"));
      }
    }
  }
  return {};
}

// A bucket's policy is its own account's matter, whatever others are allowed.
Status check_account(const wire::Call& call, const BucketRecord& bucket) {
  if (!call.request || call.identity.account == bucket.account) return {};
  return fail(Error{.code = "MethodNotAllowed",
                    .message = "The specified method is not allowed against this resource.",
                    .extra = {{"Method", call.request->method}, {"ResourceType", "BUCKETPOLICY"}},
                    .status = 405});
}

Error no_policy(const std::string& bucket) {
  return errors::no_setting("NoSuchBucketPolicy", "The bucket policy does not exist", bucket);
}

// A bucket's statements are about itself and what is in it.
bool is_about(const BucketRecord& bucket, std::string_view arn) {
  if (!arn.starts_with(kBucketArnPrefix)) return false;
  const std::string_view name = arn.substr(kBucketArnPrefix.size(), arn.find('/') - kBucketArnPrefix.size());
  return name == bucket.name || name.find_first_of("*?") != std::string_view::npos;
}

enum class Level : uint8_t { kAny, kBucket, kObject };

// What an action is done with; of a pattern, and of what is no bucket's, that is not known.
Level level_of(std::string_view action) {
  constexpr std::string_view kOfObjects[] = {"s3:abortmultipartupload", "s3:listmultipartuploadparts",
                                             "s3:bypassgovernanceretention",
                                             "s3:objectowneroverridetobucketowner"};
  const std::string name = to_lower(action);
  if (name.find_first_of("*?") != std::string::npos) return Level::kAny;
  if (std::ranges::find(kOfObjects, name) != std::end(kOfObjects)) return Level::kObject;
  if (name.contains("bucket")) return Level::kBucket;
  return name.contains("object") ? Level::kObject : Level::kAny;
}

bool applies(std::string_view action, std::string_view arn) {
  const Level level = level_of(action);
  if (level == Level::kAny) return true;
  if (arn.contains('/')) return level == Level::kObject;
  return level == Level::kBucket || arn.find_first_of("*?") != std::string_view::npos;
}

std::vector<std::string> texts_of(const json::object& statement, const char* name) {
  std::vector<std::string> texts;
  const json::value* value = statement.if_contains(name);
  if (value && value->is_string()) texts.emplace_back(value->get_string());
  if (!value || !value->is_array()) return texts;
  for (const json::value& one : value->get_array()) texts.emplace_back(one.as_string());
  return texts;
}

// Each action is done with something that its statement is about.
Status check_actions(const std::string& text) {
  TRY_SYNC(json::value document, parse_json(text));
  for (const json::value& statement : statements_of(document.as_object())) {
    const std::vector<std::string> resources = texts_of(statement.as_object(), "Resource");
    if (resources.empty()) continue;  // NotResource
    for (const std::string& action : texts_of(statement.as_object(), "Action")) {
      const auto fits = [&action](const std::string& arn) { return applies(action, arn); };
      if (std::ranges::none_of(resources, fits)) {
        return fail(malformed_policy("Action does not apply to any resource(s) in statement"));
      }
    }
  }
  return {};
}

}  // namespace

Result<identity::Policy> parse_policy(const std::string& text) {
  if (text.size() > limits::kPolicyBytesMax) {
    return fail(malformed_policy("Policies must be no larger than 20 KB"));
  }
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{' || !parse_json(text)) {
    return fail(malformed_policy("Policies must be valid JSON and the first byte must be '{'"));
  }
  TRY_SYNC_VOID(check_fields(text));
  auto policy = identity::Policy::parse(text, identity::PolicyKind::kResource);
  if (!policy) return fail(told(policy.error().message));
  return policy;
}

Status check_resources(const std::string& text, const std::function<bool(std::string_view)>& is_own) {
  TRY_SYNC(const json::value document, parse_json(text));
  const json::value* statements = document.as_object().if_contains("Statement");
  const auto names_own = [&is_own](const json::value& resource) {
    return resource.is_string() && is_own(std::string_view(resource.get_string()));
  };
  const auto check = [&](const json::value& statement) {
    const json::object* members = statement.if_object();
    const json::value* resource = members ? members->if_contains("Resource") : nullptr;
    if (!resource) return true;
    if (const json::array* list = resource->if_array()) return std::ranges::all_of(*list, names_own);
    return names_own(*resource);
  };
  const json::array* list = statements ? statements->if_array() : nullptr;
  const bool good = !statements || (list ? std::ranges::all_of(*list, check) : check(*statements));
  if (good) return {};
  return fail(malformed_policy("Policy has invalid resource"));
}

json::array& statements_of(json::object& document) {
  json::value& statements = document["Statement"];
  if (statements.is_null()) statements = json::array();
  if (!statements.is_array()) statements = json::array{statements};
  return statements.as_array();
}

Result<json::object> reach_of(const std::string& text, const PolicyOwner& owner, bool restricted) {
  const auto policy = identity::Policy::parse(text, identity::PolicyKind::kResource);
  // What it denied is not known any more.
  if (!policy) {
    log::error("the policy of {} cannot be read: {}", owner.arn, policy.error().message);
    return fail(policy.error());
  }
  TRY_SYNC(json::value parsed, parse_json(text));
  json::object document = std::move(parsed.as_object());
  if (restricted && is_public(*policy, text)) {
    TRY_SYNC(json::value restriction, parse_json(fmt::format(fmt::runtime(kRestriction), owner.account)));
    statements_of(document).push_back(std::move(restriction));
  }
  return document;
}

Result<identity::PolicyPtr> compiled(json::object document) {
  if (statements_of(document).empty()) return identity::PolicyPtr();
  TRY_SYNC(identity::Policy policy,
           identity::Policy::parse(to_text(json::value(document)), identity::PolicyKind::kResource));
  return std::make_shared<const identity::Policy>(std::move(policy));
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
    TRY_VOID(check_account(call, bucket));
    TRY(auto text, co_await read_setting_text(tables, bucket, kPolicy));
    if (!text) co_return no_policy(bucket.name);
    if (call.response_headers) call.response_headers->set("Content-Type", "application/json");
    co_return api::s3::GetBucketPolicyOutput{.policy = std::move(text)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::s3::PutBucketPolicyOutput> BucketPolicies::put(const wire::Call& call,
                                                          api::s3::PutBucketPolicyRequest input) {
  const std::string text = std::move(input.policy).value_or("");
  TRY(const identity::Policy policy, parse_policy(text));
  const bool open = is_public(policy, text);
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY_VOID(check_account(call, bucket));
    TRY_VOID(check_resources(text, [&](std::string_view arn) { return is_about(bucket, arn); }));
    TRY_VOID(check_actions(text));
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
    TRY_VOID(check_account(call, bucket));
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
    co_return api::s3::GetBucketPolicyStatusOutput{
        .policy_status = api::s3::PolicyStatus{.is_public = is_public(policy, *text)}};
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::s3
