// What decisions need of streams: their tags. Kept until some stream's definition is written.
#pragma once
#include "identity/kept_facts.h"

namespace hearth::services::kinesis {

class KinesisFacts final : public identity::KeptFacts {
 public:
  explicit KinesisFacts(store::Store& store);

 private:
  Async<identity::ResourceFacts> read(store::Transaction& tx, std::string resource) override;
};

}  // namespace hearth::services::kinesis
