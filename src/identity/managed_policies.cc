#include "identity/managed_policies.h"

#include <algorithm>

#include "base/digest.h"
#include "identity/managed_policy_table.h"

namespace hearth::identity {
namespace {

constexpr std::string_view kArnPrefix = "arn:aws:iam::aws:policy";

// As ARNs sort: by path and name together.
int compare(const ManagedPolicy& policy, std::string_view rest) {
  const size_t path_bytes = std::min(policy.path.size(), rest.size());
  if (const int order = policy.path.compare(rest.substr(0, path_bytes)); order != 0) return order;
  return policy.name.compare(rest.substr(path_bytes));
}

}  // namespace

std::string ManagedPolicy::arn() const {
  return std::string(kArnPrefix).append(path).append(name);
}

std::string ManagedPolicy::id() const {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  constexpr size_t kRandomLetters = 17;
  const std::string digest = sha256(arn());
  std::string id = "ANPA";
  for (size_t i = 0; i < kRandomLetters; ++i) id += kLetters[static_cast<unsigned char>(digest[i]) % 32];
  return id;
}

std::span<const ManagedPolicy> managed_policies() {
  return kManagedPolicyTable;
}

const ManagedPolicy* find_managed_policy(std::string_view arn) {
  if (!arn.starts_with(kArnPrefix)) return nullptr;
  const std::string_view rest = arn.substr(kArnPrefix.size());
  const auto found = std::ranges::partition_point(
      kManagedPolicyTable, [&](const ManagedPolicy& policy) { return compare(policy, rest) < 0; });
  return found != std::end(kManagedPolicyTable) && compare(*found, rest) == 0 ? &*found : nullptr;
}

}  // namespace hearth::identity
