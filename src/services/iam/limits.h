// What IAM allows, as its documentation and the published model state it. Lengths that the model states are
// checked before an operation runs.
#pragma once
#include <cstddef>
#include <cstdint>

namespace hearth::services::iam::limits {

inline constexpr int64_t kUsersMax = 5000;  // of an account, as the next five
inline constexpr int64_t kGroupsMax = 300;
inline constexpr int64_t kRolesMax = 1000;
inline constexpr int64_t kPoliciesMax = 1500;
inline constexpr int64_t kProfilesMax = 1000;
inline constexpr int64_t kProvidersMax = 100;
inline constexpr size_t kAttachedMax = 10;  // managed policies of a user, group or role
inline constexpr size_t kGroupsOfUserMax = 10;
inline constexpr size_t kVersionsMax = 5;  // of a managed policy
inline constexpr size_t kTagsMax = 50;
inline constexpr size_t kClientIdsMax = 100;  // of an OIDC provider
inline constexpr size_t kThumbprintsMax = 5;

// Sizes of documents are counted in characters that are no white space. Inline policies count together.
inline constexpr size_t kManagedPolicySizeMax = 6144;
inline constexpr size_t kUserPoliciesSizeMax = 2048;
inline constexpr size_t kGroupPoliciesSizeMax = 5120;
inline constexpr size_t kRolePoliciesSizeMax = 10240;
inline constexpr size_t kTrustPolicySizeMax = 2048;

// Ours, as blanks are free and may be many: what the inline policies of a user, group or role have with them,
// and how often an answer may repeat a role's trust policy.
inline constexpr size_t kInlineBytesMax = 1024 * 1024;
inline constexpr size_t kProfilesOfRoleMax = 100;
// What a page holds of documents, or of what a simulation says. It may be short of its items for it.
inline constexpr size_t kPageBytesMax = 4 * 1024 * 1024;
inline constexpr size_t kContextBytesMax = 16 * 1024;  // of a simulation

inline constexpr size_t kPageDefault = 100;

}  // namespace hearth::services::iam::limits
