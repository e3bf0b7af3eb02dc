// What decisions need of streams: their tags. Kept until some stream's definition is written.
#pragma once
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "store/store.h"

namespace hearth::services::kinesis {

class KinesisFacts final : public identity::ResourceSource {
 public:
  explicit KinesisFacts(store::Store& store);
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;

 private:
  store::Store& store_;
  store::Watch watch_;
  identity::RevisionCache<identity::ResourceFacts> kept_{watch_};
};

}  // namespace hearth::services::kinesis
