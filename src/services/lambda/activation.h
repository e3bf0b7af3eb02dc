// Brings functions whose create or update has been answered to their final state: Pending becomes Active,
// InProgress becomes Successful, each with a new revision id. What is to be done lies in the store, so a
// crash delays it and loses nothing.
#pragma once
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

class Activation {
 public:
  explicit Activation(Parts& parts) : parts_(parts) {}

  // Marks the function in the transaction that changes it.
  static void enqueue(store::Transaction& tx, const FunctionRef& ref);

  // Runs until the scope it is spawned in ends.
  Task<void> run();

 private:
  Async<void> activate(FunctionRef ref);

  Parts& parts_;
};

}  // namespace hearth::services::lambda
