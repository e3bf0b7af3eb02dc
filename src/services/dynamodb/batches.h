// BatchGetItem and BatchWriteItem: many calls in one request. Each write is one of its own; what does not fit
// into an answer is given back as unprocessed.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Batches {
 public:
  explicit Batches(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::BatchGetItemOutput> get(const wire::Call& call,
                                               api::dynamodb::BatchGetItemInput input);
  Async<api::dynamodb::BatchWriteItemOutput> write(const wire::Call& call,
                                                   api::dynamodb::BatchWriteItemInput input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
