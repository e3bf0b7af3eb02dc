#include "services/sts/role_session.h"

namespace hearth::services::sts {

api::sts::AssumedRoleUser assumed_user(const identity::Subject& role, const std::string& session_name) {
  return {.assumed_role_id = role.id + ":" + session_name,
          .arn = "arn:aws:sts::" + role.account + ":assumed-role/" + role.name + "/" + session_name};
}

Result<std::chrono::seconds> assumed_for(std::optional<int64_t> wanted_seconds,
                                         const identity::Subject& role) {
  constexpr int64_t kUsual = 3600;
  const int64_t wanted = wanted_seconds.value_or(kUsual);
  if (wanted > role.max_session_seconds) {
    return fail(
        validation_error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
  }
  return std::chrono::seconds(wanted);
}

}  // namespace hearth::services::sts
