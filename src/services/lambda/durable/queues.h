// What durable executions have to do: invocations of their functions, and the invokes that they chain. Both
// are durable queues, in which a function's own are behind each other and nobody else's.
#pragma once
#include <string>

#include "delivery/queue.h"
#include "services/lambda/durable/ref.h"

namespace hearth::services::lambda {

class DurableQueues {
 public:
  DurableQueues(store::Store& store, const Clock& clock, Random& random);

  struct Work {
    std::string execution_arn;
    std::string operation;
    int64_t put_back = 0;  // in a row
    // Instead of an execution: a function that is gone, or a version of it.
    std::string function_arn;
    std::string function_id;

    template <typename Self>
    static void fields(Self& self, auto& visit) {
      visit(1, self.execution_arn);
      visit(2, self.operation);
      visit(3, self.put_back);
      visit(4, self.function_arn);
      visit(5, self.function_id);
    }
  };

  // The execution's function is to be invoked.
  void run(store::Transaction& tx, const ExecutionRef& execution, TimePoint due);
  // All executions of the function, or of the version that is its qualifier, are to end.
  void end_all(store::Transaction& tx, const FunctionRef& function, const std::string& function_id);
  // The operation's function is to be invoked.
  void chain(store::Transaction& tx, const ExecutionRef& execution, const std::string& operation);
  // The work was not begun: once more later, later each time.
  delivery::Verdict put_back(Work work) const;

  delivery::Queue& runs() { return runs_; }
  delivery::Queue& chains() { return chains_; }

 private:
  const Clock& clock_;
  delivery::Queue runs_;
  delivery::Queue chains_;
};

}  // namespace hearth::services::lambda
