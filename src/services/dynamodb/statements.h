// PartiQL: ExecuteStatement, BatchExecuteStatement, ExecuteTransaction.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/running_tokens.h"
#include "services/dynamodb/statement_action.h"
#include "services/dynamodb/transact_actions.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Statements {
 public:
  explicit Statements(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::ExecuteStatementOutput> execute(const wire::Call& call,
                                                       api::dynamodb::ExecuteStatementInput input);
  Async<api::dynamodb::BatchExecuteStatementOutput> execute_batch(
      const wire::Call& call, api::dynamodb::BatchExecuteStatementInput input);
  Async<api::dynamodb::ExecuteTransactionOutput> execute_transaction(
      const wire::Call& call, api::dynamodb::ExecuteTransactionInput input);

 private:
  struct Done {
    TablePtr table;
    std::optional<std::string> item;
    Units units;
  };
  // Of a statement that writes, in a transaction of its own.
  Async<Done> write(const Prepared& prepared, bool tell_item_on_failure);
  // One of a batch.
  Async<Done> execute_one(const wire::Call& call, const api::dynamodb::BatchStatementRequest& request);
  Async<api::dynamodb::ExecuteTransactionOutput> read_all(const std::vector<Prepared>& statements,
                                                          std::optional<std::string> capacity_mode);

  const Parts& parts_;
  RunningTokens running_;
};

}  // namespace hearth::services::dynamodb
