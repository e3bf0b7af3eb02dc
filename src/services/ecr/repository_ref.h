// Which repository is meant, and what stands in its row.
#pragma once
#include <optional>
#include <string>

#include "services/ecr/records.h"
#include "wire/call.h"

namespace hearth::services::ecr {

struct RepositoryRef {
  std::string account;
  std::string region;
  std::string name;  // components joined by slashes

  // As requests say it: of the caller's registry, or of another account's.
  static RepositoryRef of(const wire::Call& call, const std::optional<std::string>& registry,
                          std::string name);
  // Nothing when it is no repository's ARN.
  static std::optional<RepositoryRef> of_arn(std::string_view arn);

  std::string arn() const;
  auto operator<=>(const RepositoryRef&) const = default;
};

store::Table<RepositoryRecord> repositories(store::Transaction& tx, const RepositoryRef& ref);

// "RepositoryNotFoundException" when it is not there.
Async<RepositoryRecord> require_repository(store::Transaction& tx, RepositoryRef ref);

}  // namespace hearth::services::ecr
