#include "identity/kept_facts.h"

#include "base/log.h"

namespace hearth::identity {

Async<ResourceFactsPtr> KeptFacts::facts_of(const wire::Permission& permission) {
  auto body = [&](store::Transaction& tx) -> Async<ResourceFactsPtr> {
    TRY(auto facts, co_await read(tx, permission.resource));
    co_return std::make_shared<const ResourceFacts>(std::move(facts));
  };
  auto find = [&]() -> Async<ResourceFactsPtr> { co_return co_await store_.read(body); };
  co_return co_await kept_.find(permission.resource, find);
}

PolicyPtr policy_of(const std::string& text, const std::string& resource) {
  if (text.empty()) return nullptr;
  auto policy = Policy::parse(text, PolicyKind::kResource);
  if (policy) return std::make_shared<const Policy>(*std::move(policy));
  log::error("the policy of {} cannot be read and allows nothing: {}", resource, policy.error().message);
  return nullptr;
}

}  // namespace hearth::identity
