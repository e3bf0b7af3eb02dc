// What decisions need of tables: their policies and tags, kept until some table's definition is written; and
// what a request asks of a table's items, where a policy that decides names such a key.
#pragma once
#include "identity/kept_facts.h"

namespace hearth::services::dynamodb {

class TableFacts final : public identity::KeptFacts {
 public:
  explicit TableFacts(store::Store& store);
  std::string_view dear_keys() const override { return "dynamodb:"; }
  Async<void> add_dear_values(wire::Permission& permission) override;

 private:
  Async<identity::ResourceFacts> read(store::Transaction& tx, std::string resource) override;
};

}  // namespace hearth::services::dynamodb
