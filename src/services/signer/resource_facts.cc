#include "services/signer/resource_facts.h"

#include "services/signer/records.h"

namespace hearth::services::signer {

ProfileFacts::ProfileFacts(store::Store& store)
    : store_(store), watch_(store.watch(store::Key("signer").bytes())) {}

Async<identity::ResourceFactsPtr> ProfileFacts::facts_of(const wire::Permission& permission) {
  using Pointer = identity::ResourceFactsPtr;
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    auto facts = std::make_shared<identity::ResourceFacts>();
    const auto ref = ProfileRef::of_arn(permission.resource);
    if (!ref) co_return Pointer(std::move(facts));
    TRY(auto profile, co_await Tables(tx, *ref).profiles.get(store::Key(ref->name)));
    if (profile) facts->tags = std::move(profile->tags);
    co_return Pointer(std::move(facts));
  };
  auto read = [&]() -> Async<Pointer> { co_return co_await store_.read(body); };
  co_return co_await kept_.find(permission.resource, read);
}

}  // namespace hearth::services::signer
