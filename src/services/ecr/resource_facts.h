// What decisions need of repositories: their policies and tags. Kept until some repository is written.
#pragma once
#include "identity/kept_facts.h"

namespace hearth::services::ecr {

class RepositoryFacts final : public identity::KeptFacts {
 public:
  explicit RepositoryFacts(store::Store& store);

 private:
  Async<identity::ResourceFacts> read(store::Transaction& tx, std::string resource) override;
};

}  // namespace hearth::services::ecr
