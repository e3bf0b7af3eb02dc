// TransactWriteItems and TransactGetItems: all of it or nothing, in one transaction of the store.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"
#include "services/dynamodb/running_tokens.h"
#include "services/dynamodb/transact_actions.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Transactions {
 public:
  explicit Transactions(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::TransactGetItemsOutput> get(const wire::Call& call,
                                                   api::dynamodb::TransactGetItemsInput input);
  Async<api::dynamodb::TransactWriteItemsOutput> write(const wire::Call& call,
                                                       api::dynamodb::TransactWriteItemsInput input);

 private:
  const Parts& parts_;
  RunningTokens running_;
};

}  // namespace hearth::services::dynamodb
