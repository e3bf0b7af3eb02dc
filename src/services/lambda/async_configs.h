// How a function's asynchronous invokes are retried and where their records go (the EventInvokeConfig
// operations).
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class AsyncConfigs {
 public:
  explicit AsyncConfigs(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::FunctionEventInvokeConfig> put(const wire::Call& call,
                                                    api::lambda::PutFunctionEventInvokeConfigRequest input);
  Async<api::lambda::FunctionEventInvokeConfig> update(
      const wire::Call& call, api::lambda::UpdateFunctionEventInvokeConfigRequest input);
  Async<api::lambda::FunctionEventInvokeConfig> get(const wire::Call& call,
                                                    api::lambda::GetFunctionEventInvokeConfigRequest input);
  Async<api::lambda::ListFunctionEventInvokeConfigsResponse> list(
      const wire::Call& call, api::lambda::ListFunctionEventInvokeConfigsRequest input);
  Async<api::lambda::ops::DeleteFunctionEventInvokeConfig::Output> remove(
      const wire::Call& call, api::lambda::DeleteFunctionEventInvokeConfigRequest input);

 private:
  Async<api::lambda::FunctionEventInvokeConfig> save(FunctionRef ref,
                                                     api::lambda::PutFunctionEventInvokeConfigRequest input,
                                                     bool merge);
  Parts& parts_;
};

}  // namespace hearth::services::lambda
