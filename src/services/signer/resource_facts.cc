#include "services/signer/resource_facts.h"

#include "services/signer/records.h"

namespace hearth::services::signer {

ProfileFacts::ProfileFacts(store::Store& store) : KeptFacts(store, store::Key("signer")) {}

Async<identity::ResourceFacts> ProfileFacts::read(store::Transaction& tx, std::string resource) {
  const auto ref = ProfileRef::of_arn(resource);
  if (!ref) co_return identity::ResourceFacts{};
  TRY(auto profile, co_await Tables(tx, *ref).profiles.get(store::Key(ref->name)));
  if (!profile) co_return identity::ResourceFacts{};
  co_return identity::ResourceFacts{.tags = std::move(profile->tags)};
}

}  // namespace hearth::services::signer
