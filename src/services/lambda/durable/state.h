// Operations of an execution as its function sees them: in what it is invoked with, in answers to its
// checkpoints, and page by page.
#pragma once
#include <string>
#include <vector>

#include "api/lambda.h"
#include "base/json.h"
#include "services/lambda/durable/execution.h"

namespace hearth::services::lambda {

struct StatePage {
  std::vector<api::lambda::Operation> operations;
  std::string next_marker;  // empty at the end
};

struct StateOptions {
  std::string marker;  // empty: from the beginning
  size_t items_max = 1000;
  size_t bytes_max = 5 * 1024 * 1024;
  bool may_be_empty = false;  // rather than to hold one that is larger than that
};

// In the order of their starts, the execution itself first. What is inside of a context that has ended is
// left out, unless it is to be replayed. Fails with InvalidParameterValueException on a marker that is none.
Async<StatePage> state_page(DurableExecution& execution, StateOptions options);

// One operation with what belongs to it.
Async<api::lambda::Operation> describe_operation(DurableExecution& execution, OperationRecord record);
size_t bytes_of(const api::lambda::Operation& operation);

api::lambda::ErrorObject describe_error(const DurableError& error);

// What a function is invoked with.
std::string invocation_payload(const std::string& execution_arn, const std::string& token, StatePage page,
                               const std::vector<std::string>& updated);

}  // namespace hearth::services::lambda
