// What invocations of durable functions ask for as they go: to store what they did, and to read what is
// stored. A checkpoint is durable before it is answered. Each has the token of the one before, so they come
// in their order, and none of an invocation that another has replaced.
#pragma once
#include "api/lambda.h"
#include "services/lambda/durable/execution.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class DurableCheckpoints {
 public:
  explicit DurableCheckpoints(DurableParts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::CheckpointDurableExecutionResponse> checkpoint(
      const wire::Call& call, api::lambda::CheckpointDurableExecutionRequest input);
  Async<api::lambda::GetDurableExecutionStateResponse> state(
      const wire::Call& call, api::lambda::GetDurableExecutionStateRequest input);

 private:
  using Response = api::lambda::CheckpointDurableExecutionResponse;
  using Request = api::lambda::CheckpointDurableExecutionRequest;

  // Fails where the token is not of the invocation under way.
  Async<DurableExecution> open(store::Transaction& tx, ExecutionRef ref, CheckpointToken token);
  Async<void> apply(DurableExecution& execution, std::vector<api::lambda::OperationUpdate> updates);
  // What the function did and what others did meanwhile, as it is now.
  Async<Response> answer(DurableExecution& execution,
                         const std::vector<api::lambda::OperationUpdate>& updates);

  DurableParts& parts_;
};

}  // namespace hearth::services::lambda
