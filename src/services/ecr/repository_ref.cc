#include "services/ecr/repository_ref.h"

#include <fmt/format.h>

#include "services/ecr/errors.h"

namespace hearth::services::ecr {

RepositoryRef RepositoryRef::of(const wire::Call& call, const std::optional<std::string>& registry,
                                std::string name) {
  return {.account = registry.value_or(call.account), .region = call.region, .name = std::move(name)};
}

std::optional<RepositoryRef> RepositoryRef::of_arn(std::string_view arn) {
  constexpr std::string_view kStart = "arn:aws:ecr:";
  constexpr std::string_view kKind = "repository/";
  if (!arn.starts_with(kStart)) return std::nullopt;
  arn.remove_prefix(kStart.size());
  const size_t region = arn.find(':');
  const size_t account = region == std::string_view::npos ? region : arn.find(':', region + 1);
  if (account == std::string_view::npos || !arn.substr(account + 1).starts_with(kKind)) return std::nullopt;
  RepositoryRef ref{.account = std::string(arn.substr(region + 1, account - region - 1)),
                    .region = std::string(arn.substr(0, region)),
                    .name = std::string(arn.substr(account + 1 + kKind.size()))};
  if (ref.account.empty() || ref.region.empty() || ref.name.empty()) return std::nullopt;
  return ref;
}

std::string RepositoryRef::arn() const {
  return fmt::format("arn:aws:ecr:{}:{}:repository/{}", region, account, name);
}

store::Table<RepositoryRecord> repositories(store::Transaction& tx, const RepositoryRef& ref) {
  return {tx, store::Key("ecr", ref.account, ref.region, "repository")};
}

Async<RepositoryRecord> require_repository(store::Transaction& tx, RepositoryRef ref) {
  TRY(auto found, co_await repositories(tx, ref).get(store::Key(ref.name)));
  if (!found) co_return errors::no_repository(ref);
  co_return *std::move(found);
}

}  // namespace hearth::services::ecr
