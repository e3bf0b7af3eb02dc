#include "services/sts/session_limits.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"

namespace hearth::services::sts {
namespace {

namespace errors = api::sts::errors;

constexpr size_t kPolicyLettersMax = 2048;
constexpr size_t kPolicyArnsMax = 10;
// What policies, their ARNs and tags of a session may take together.
constexpr size_t kPackedBytesMax = 4096;

Error invalid_value(std::string message) {
  return {.code = "InvalidParameterValue", .message = std::move(message), .status = 400};
}
Error validation(std::string message) {
  return {.code = "ValidationError", .message = std::move(message), .status = 400};
}

Status check_tags(const SessionLimits& limits, const identity::Session* inherited) {
  std::set<std::string> keys;
  for (const auto& tag : limits.tags) {
    if (!keys.insert(to_lower(tag.key)).second)
      return fail(invalid_value("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
  }
  for (const std::string& key : limits.transitive_tags) {
    if (!keys.contains(to_lower(key)))
      return fail(invalid_value("The specified transitive tag key must be included in the requested tags."));
  }
  if (!inherited) return {};
  for (const std::string& key : inherited->transitive_tags) {
    if (keys.contains(to_lower(key))) {
      return fail(
          invalid_value("One of the specified transitive tag keys can't be set because it conflicts with a "
                        "transitive tag key from the calling session."));
    }
  }
  return {};
}

Async<void> check_policies(const identity::Session& session, const SessionLimits& limits,
                           identity::Directory& directory) {
  if (limits.policy_arns.size() > kPolicyArnsMax) {
    co_return validation("The number of policy ARNs must be at most 10.");
  }
  for (const std::string& arn : limits.policy_arns) {
    TRY(const auto found, co_await directory.managed_policy(session.account, arn));
    if (!found) co_return validation("PolicyARN " + arn + " was not found.");
  }
  if (!limits.policy) co_return {};
  if (utf8_length(*limits.policy) > kPolicyLettersMax) {
    co_return errors::packed_policy_too_large_exception("The session policy is longer than 2048 characters.");
  }
  TRY_VOID(identity::Policy::parse(*limits.policy, identity::PolicyKind::kSession));
  co_return {};
}

size_t packed_bytes(const identity::Session& session) {
  size_t bytes = session.policy ? session.policy->size() : 0;
  for (const std::string& arn : session.policy_arns) bytes += arn.size();
  for (const auto& [key, value] : session.tags) bytes += key.size() + value.size();
  return bytes;
}

}  // namespace

SessionLimits limits_of(std::optional<std::string> policy,
                        std::optional<std::vector<api::sts::PolicyDescriptorType>> policy_arns,
                        std::optional<std::vector<api::sts::Tag>> tags,
                        std::optional<std::vector<std::string>> transitive_tags) {
  SessionLimits limits{.policy = std::move(policy)};
  if (policy_arns) {
    for (auto& one : *policy_arns) limits.policy_arns.push_back(std::move(one.arn).value_or(""));
  }
  if (tags) limits.tags = *std::move(tags);
  if (transitive_tags) limits.transitive_tags = *std::move(transitive_tags);
  return limits;
}

Async<std::optional<int32_t>> limit(identity::Session& session, SessionLimits limits,
                                    const identity::Session* inherited, identity::Directory& directory) {
  TRY_VOID(check_tags(limits, inherited));
  TRY_VOID(co_await check_policies(session, limits, directory));
  if (inherited) {
    for (const std::string& key : inherited->transitive_tags) {
      const auto found = inherited->tags.find(key);
      if (found != inherited->tags.end()) session.tags.insert(*found);
    }
    session.transitive_tags = inherited->transitive_tags;
  }
  for (const auto& tag : limits.tags) session.tags[tag.key] = tag.value;
  std::ranges::move(limits.transitive_tags, std::back_inserter(session.transitive_tags));
  session.policy = std::move(limits.policy);
  session.policy_arns = std::move(limits.policy_arns);
  const size_t bytes = packed_bytes(session);
  if (bytes == 0) co_return std::optional<int32_t>();
  if (bytes > kPackedBytesMax) {
    co_return errors::packed_policy_too_large_exception(
        "Packed size of session tags and policies exceeds the allowed size.");
  }
  constexpr size_t kWhole = 100;
  co_return static_cast<int32_t>((bytes * kWhole + kPackedBytesMax - 1) / kPackedBytesMax);
}

std::vector<std::pair<std::string, std::vector<std::string>>> tag_conditions(const SessionLimits& limits) {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  std::vector<std::string> keys;
  for (const auto& tag : limits.tags) {
    out.emplace_back("aws:RequestTag/" + tag.key, std::vector{tag.value});
    keys.push_back(tag.key);
  }
  out.emplace_back("aws:TagKeys", std::move(keys));
  if (!limits.transitive_tags.empty()) out.emplace_back("sts:TransitiveTagKeys", limits.transitive_tags);
  return out;
}

}  // namespace hearth::services::sts
