// Chained invokes of durable executions: the function is invoked, as a step of the execution, with the rights
// of its role. A durable function's execution begins exactly once; another function may run again after a
// crash.
#pragma once
#include <string>

#include "services/lambda/durable/starts.h"
#include "services/lambda/parts.h"

namespace hearth::services::lambda {

class DurableChains {
 public:
  DurableChains(Parts& parts, DurableParts& durable, DurableStarts& starts)
      : parts_(parts), durable_(durable), starts_(starts) {}

  // Works until its scope ends.
  Task<void> run();

 private:
  struct Chained {
    ExecutionRef execution;
    OperationRecord operation;
    std::string input;
    std::string trace;
    std::string role_arn;
  };

  Task<delivery::Verdict> attempt(DurableQueues::Work work);
  // Nothing: it is over, or its child is on its way.
  Async<std::optional<Chained>> read(ExecutionRef ref, std::string operation);
  // The function, if the role may invoke it.
  Async<TargetPtr> authorize(Chained chained, FunctionRef function);
  Async<void> start_child(store::Transaction& tx, Chained chained, DurableStarts::Start start);
  Async<void> settle(store::Transaction& tx, Chained chained, Ending ending, std::string version);
  delivery::Verdict over(Chained chained, Ending ending, std::string version = {});

  Parts& parts_;
  DurableParts& durable_;
  DurableStarts& starts_;
};

}  // namespace hearth::services::lambda
