// What callers ask of a session that is to begin: tags, and policies that limit it. The same for roles and
// federated users.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/sts.h"
#include "identity/directory.h"
#include "identity/session.h"

namespace hearth::services::sts {

struct SessionLimits {
  std::optional<std::string> policy;
  std::vector<std::string> policy_arns;
  std::vector<api::sts::Tag> tags;
  std::vector<std::string> transitive_tags;
};
// Of the input of AssumeRole or GetFederationToken.
SessionLimits limits_of(std::optional<std::string> policy,
                        std::optional<std::vector<api::sts::PolicyDescriptorType>> policy_arns,
                        std::optional<std::vector<api::sts::Tag>> tags,
                        std::optional<std::vector<std::string>> transitive_tags);

// Adds them to the session, checked. Tags that `inherited` (the calling session, or null) hands on come
// first. Gives how full the token is, in percent; nothing when there is neither policy nor tag.
Async<std::optional<int32_t>> limit(identity::Session& session, SessionLimits limits,
                                    const identity::Session* inherited, identity::Directory& directory);

// The condition keys that tags give to sts:TagSession.
std::vector<std::pair<std::string, std::vector<std::string>>> tag_conditions(const SessionLimits& limits);

}  // namespace hearth::services::sts
