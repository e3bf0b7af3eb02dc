// What decisions need of queues: their policies and tags. Kept until some queue's definition is written.
#pragma once
#include "identity/kept_facts.h"

namespace hearth::services::sqs {

class SqsFacts final : public identity::KeptFacts {
 public:
  explicit SqsFacts(store::Store& store);

 private:
  Async<identity::ResourceFacts> read(store::Transaction& tx, std::string resource) override;
};

}  // namespace hearth::services::sqs
