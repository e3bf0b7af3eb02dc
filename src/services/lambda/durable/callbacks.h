// Answers from outside to callbacks of durable executions. The id of a callback says which execution it is
// of, whose ARN is what callers need a right to.
#pragma once
#include "api/lambda.h"
#include "services/lambda/durable/execution.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class DurableCallbacks final : public wire::ResourceResolver {
 public:
  explicit DurableCallbacks(DurableParts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::lambda::SendDurableExecutionCallbackSuccessResponse> succeed(
      const Call& call, api::lambda::SendDurableExecutionCallbackSuccessRequest input);
  Async<api::lambda::SendDurableExecutionCallbackFailureResponse> fail_callback(
      const Call& call, api::lambda::SendDurableExecutionCallbackFailureRequest input);
  Async<api::lambda::SendDurableExecutionCallbackHeartbeatResponse> heartbeat(
      const Call& call, api::lambda::SendDurableExecutionCallbackHeartbeatRequest input);

  Async<std::string> resolve(const Call& call, std::string resource) override;

 private:
  using Change = std::function<void(DurableExecution&, OperationRecord)>;
  // Of a callback that is open; fails with CallbackTimeoutException where it is not any more. `change`
  // outlives the task.
  Async<void> change(const Call& call, std::string callback_id, const Change& change);

  DurableParts& parts_;
};

}  // namespace hearth::services::lambda
