// What decisions need of tables: their policies and tags, kept until some table's definition is written; and
// what a request asks of a table's items, where a policy that decides names such a key.
#pragma once
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "store/store.h"

namespace hearth::services::dynamodb {

class TableFacts final : public identity::ResourceSource {
 public:
  explicit TableFacts(store::Store& store);
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;
  std::string_view dear_keys() const override { return "dynamodb:"; }
  Async<void> add_dear_values(wire::Permission& permission) override;

 private:
  store::Store& store_;
  store::Watch watch_;
  identity::RevisionCache<identity::ResourceFacts> kept_{watch_};
};

}  // namespace hearth::services::dynamodb
