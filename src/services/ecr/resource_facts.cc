#include "services/ecr/resource_facts.h"

#include "services/ecr/repository_ref.h"

namespace hearth::services::ecr {

RepositoryFacts::RepositoryFacts(store::Store& store) : KeptFacts(store, store::Key("ecr")) {}

Async<identity::ResourceFacts> RepositoryFacts::read(store::Transaction& tx, std::string resource) {
  const auto ref = RepositoryRef::of_arn(resource);
  if (!ref) co_return identity::ResourceFacts{};
  TRY(auto repository, co_await repositories(tx, *ref).get(store::Key(ref->name)));
  if (!repository) co_return identity::ResourceFacts{};
  co_return identity::ResourceFacts{.policy = identity::policy_of(repository->policy, resource),
                                    .tags = std::move(repository->tags)};
}

}  // namespace hearth::services::ecr
