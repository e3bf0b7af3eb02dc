#include "services/ecr/resource_facts.h"

#include "base/log.h"
#include "services/ecr/repository_ref.h"

namespace hearth::services::ecr {

using identity::ResourceFacts;

RepositoryFacts::RepositoryFacts(store::Store& store)
    : store_(store), watch_(store.watch(store::Key("ecr").bytes())) {}

Async<identity::ResourceFactsPtr> RepositoryFacts::facts_of(const wire::Permission& permission) {
  const std::string& resource = permission.resource;
  using Pointer = identity::ResourceFactsPtr;
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    auto facts = std::make_shared<ResourceFacts>();
    const auto ref = RepositoryRef::of_arn(resource);
    if (!ref) co_return Pointer(std::move(facts));
    TRY(auto repository, co_await repositories(tx, *ref).get(store::Key(ref->name)));
    if (!repository) co_return Pointer(std::move(facts));
    facts->tags = std::move(repository->tags);
    if (repository->policy.empty()) co_return Pointer(std::move(facts));
    auto policy = identity::Policy::parse(repository->policy, identity::PolicyKind::kResource);
    if (policy) {
      facts->policy = std::make_shared<const identity::Policy>(*std::move(policy));
    } else {
      log::error("the policy of {} cannot be read and allows nothing: {}", resource, policy.error().message);
    }
    co_return Pointer(std::move(facts));
  };
  auto read = [&]() -> Async<Pointer> { co_return co_await store_.read(body); };
  co_return co_await kept_.find(resource, read);
}

}  // namespace hearth::services::ecr
