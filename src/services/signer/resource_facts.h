// What decisions need of signing profiles: their tags. Kept until something of Signer's is written.
#pragma once
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "store/store.h"

namespace hearth::services::signer {

class ProfileFacts final : public identity::ResourceSource {
 public:
  explicit ProfileFacts(store::Store& store);
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;
  // There are no policies.
  bool may_deny() const override { return false; }

 private:
  store::Store& store_;
  store::Watch watch_;
  identity::RevisionCache<identity::ResourceFacts> kept_{watch_};
};

}  // namespace hearth::services::signer
