// What decisions need of functions and layers: the policies that AddPermission and AddLayerVersionPermission
// write, and tags. Kept until something of Lambda's is written.
#pragma once
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "store/store.h"

namespace hearth::services::lambda {

class LambdaFacts final : public identity::ResourceSource {
 public:
  explicit LambdaFacts(store::Store& store);

  // Of a function's ARN, with the qualifier whose policy is meant, or a layer version's.
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;

 private:
  store::Store& store_;
  store::Watch watch_;
  identity::RevisionCache<identity::ResourceFacts> kept_{watch_};
};

}  // namespace hearth::services::lambda
