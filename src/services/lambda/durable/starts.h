// Executions of durable functions begin, and callers wait for their ends.
#pragma once
#include <optional>
#include <string>

#include "execution/invocation.h"
#include "services/lambda/durable/execution.h"
#include "services/lambda/targets.h"

namespace hearth::services::lambda {

class DurableStarts {
 public:
  explicit DurableStarts(DurableParts& parts) : parts_(parts) {}

  struct Start {
    FunctionRef function;  // as the caller qualified it
    TargetPtr target;
    execution::Invocation invocation;
    std::string name = {};  // empty: it has none of its own
    bool synchronous = false;
    std::string parent_arn = {};  // the chained invoke that waits for it
    std::string parent_operation = {};
  };

  // Whether the function may be invoked like this, in the service's words: by a qualified name, and by those
  // who wait only if its executions end in time.
  static Status check(const FunctionRef& function, const VersionRecord& version, bool synchronous);

  // A new execution, on its way; or the one that has this name, where the payload is the same. Fails with
  // DurableExecutionAlreadyStartedException where it is not. `start` outlives the task.
  Async<ExecutionRef> start(store::Transaction& tx, const Start& start);
  Async<ExecutionRef> start(Start start);

  // The function is being deleted, or the version that is the reference's qualifier: its executions are
  // stopped.
  void stop_all(store::Transaction& tx, const FunctionRef& function, const std::string& function_id) {
    parts_.queues.end_all(tx, function, function_id);
  }

  // Waits until it has ended.
  Async<execution::Outcome> outcome(ExecutionRef ref);
  // start() and outcome(), checked.
  Async<execution::Outcome> run_to_end(FunctionRef function, TargetPtr target,
                                       execution::Invocation invocation);

 private:
  Async<std::optional<execution::Outcome>> ended(ExecutionRef ref);

  DurableParts& parts_;
};

}  // namespace hearth::services::lambda
