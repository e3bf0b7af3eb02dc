// What people ask of durable executions: what there are and how they went, and to end, hold or forget one.
#pragma once
#include "api/lambda.h"
#include "services/lambda/durable/execution.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class DurableExecutions {
 public:
  explicit DurableExecutions(DurableParts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::lambda::GetDurableExecutionResponse> get(const Call& call,
                                                      api::lambda::GetDurableExecutionRequest input);
  Async<api::lambda::GetDurableExecutionHistoryResponse> history(
      const Call& call, api::lambda::GetDurableExecutionHistoryRequest input);
  Async<api::lambda::ListDurableExecutionsByFunctionResponse> list(
      const Call& call, api::lambda::ListDurableExecutionsByFunctionRequest input);
  Async<api::lambda::StopDurableExecutionResponse> stop(const Call& call,
                                                        api::lambda::StopDurableExecutionRequest input);
  Async<api::lambda::PauseDurableExecutionResponse> pause(const Call& call,
                                                          api::lambda::PauseDurableExecutionRequest input);
  Async<api::lambda::ResumeDurableExecutionResponse> resume(const Call& call,
                                                            api::lambda::ResumeDurableExecutionRequest input);
  Async<api::lambda::DeleteDurableExecutionResponse> remove(const Call& call,
                                                            api::lambda::DeleteDurableExecutionRequest input);

 private:
  Async<DurableExecution> load(store::Transaction& tx, ExecutionRef ref) {
    return DurableExecution::load(parts_, tx, std::move(ref));
  }
  // Whether this wish was fulfilled a moment ago; otherwise it is noted as the last.
  bool repeated(FulfilledRecord& last, const std::optional<std::string>& client_token);

  DurableParts& parts_;
};

}  // namespace hearth::services::lambda
