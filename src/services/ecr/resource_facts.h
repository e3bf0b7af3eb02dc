// What decisions need of repositories: their policies and tags. Kept until some repository is written.
#pragma once
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "store/store.h"

namespace hearth::services::ecr {

class RepositoryFacts final : public identity::ResourceSource {
 public:
  explicit RepositoryFacts(store::Store& store);
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;

 private:
  store::Store& store_;
  store::Watch watch_;
  identity::RevisionCache<identity::ResourceFacts> kept_{watch_};
};

}  // namespace hearth::services::ecr
