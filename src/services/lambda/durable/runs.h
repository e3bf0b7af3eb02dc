// Invocations of durable functions: one of an execution at a time, again after each that was cut off, until
// the execution has ended. What an invocation is given is what has been stored; what it answers counts as
// long as no other has begun.
#pragma once
#include <string>

#include "services/lambda/durable/execution.h"
#include "services/lambda/parts.h"
#include "services/lambda/runner.h"

namespace hearth::services::lambda {

class DurableRuns {
 public:
  DurableRuns(Parts& parts, DurableParts& durable) : parts_(parts), durable_(durable) {}

  // Works until its scope ends.
  Task<void> run();

 private:
  struct Begun {
    std::string run;
    std::string payload;
    std::string tenant;
    std::string client_context;
    std::string trace;
    std::string function_id;
  };
  struct Ended {
    std::string run;
    std::string request_id;
    TimePoint began;
    execution::Outcome outcome;
  };

  Task<delivery::Verdict> attempt(DurableQueues::Work work);
  Task<delivery::Verdict> stop_all(DurableQueues::Work work);
  // Of some executions behind that place in the list; the place of the last, empty at the end.
  Async<std::string> stop_some(FunctionRef function, std::string function_id, std::string after);
  // Nothing: there is nothing to do (any more).
  Async<std::optional<Begun>> begin(ExecutionRef ref);
  Async<void> finish(store::Transaction& tx, ExecutionRef ref, const Ended& ended);
  // What comes of an invocation that ended as it should, or did not.
  Async<void> judge(DurableExecution& execution, const Ended& ended);
  Async<void> fall_asleep(DurableExecution& execution);
  Async<void> failed(DurableExecution& execution, DurableError error);
  delivery::Verdict give_up(ExecutionRef ref, Error error);

  Parts& parts_;
  DurableParts& durable_;
};

}  // namespace hearth::services::lambda
