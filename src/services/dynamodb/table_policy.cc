#include "services/dynamodb/table_policy.h"

#include "identity/policy/policy.h"
#include "services/dynamodb/errors.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kPolicyBytesMax = 20 * 1024;

}  // namespace

Status set_policy(TableRecord& table, const std::string& policy, std::string revision) {
  if (policy.size() > kPolicyBytesMax) return fail(errors::limit_exceeded("The policy may have 20 KB"));
  const auto parsed = identity::Policy::parse(policy, identity::PolicyKind::kResource);
  if (!parsed) return fail(errors::validation("Invalid policy document: " + parsed.error().message));
  if (table.policy == policy) return {};
  table.policy = policy;
  table.policy_revision = std::move(revision);
  return {};
}

}  // namespace hearth::services::dynamodb
