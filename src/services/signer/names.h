// What profiles and jobs are called.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "wire/call.h"

namespace hearth::services::signer {

struct ProfileRef {
  std::string account;
  std::string region;
  std::string name;
  std::string version = {};  // empty: the newest

  static ProfileRef of(const wire::Call& call, std::string name) {
    return {.account = call.account, .region = call.region, .name = std::move(name)};
  }
  // "arn:aws:signer:<region>:<account>:/signing-profiles/<name>[/<version>]"; nothing for all else.
  static std::optional<ProfileRef> of_arn(std::string_view arn);

  std::string arn() const;  // without the version
  std::string version_arn() const { return arn() + "/" + version; }
};

struct JobRef {
  std::string account;
  std::string region;
  std::string id;

  // "arn:aws:signer:<region>:<account>:/signing-jobs/<id>"; nothing for all else.
  static std::optional<JobRef> of_arn(std::string_view arn);
  std::string arn() const;
};

}  // namespace hearth::services::signer
