// What decisions need of functions and layers: the policies that AddPermission and AddLayerVersionPermission
// write, and tags. Kept until something of Lambda's is written.
#pragma once
#include "identity/kept_facts.h"

namespace hearth::services::lambda {

class LambdaFacts final : public identity::KeptFacts {
 public:
  explicit LambdaFacts(store::Store& store);

  // Of a function's ARN, with the qualifier whose policy is meant, or a layer version's.
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;

 private:
  Async<identity::ResourceFacts> read(store::Transaction& tx, std::string resource) override;
};

}  // namespace hearth::services::lambda
