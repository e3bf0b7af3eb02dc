// Invoke: runs a function for a caller, or stores the event for later (async_invokes.h).
// InvokeWithResponseStream: the same for a caller that takes the response as it arrives.
#pragma once
#include "api/lambda.h"
#include "services/lambda/async_invokes.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "services/lambda/runner.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Invoke {
 public:
  Invoke(Parts& parts, AsyncInvokes& async) : parts_(parts), async_(async) {}
  void mount(wire::Router& router);

  Async<api::lambda::InvocationResponse> invoke(const wire::Call& call, api::lambda::InvocationRequest input);
  // The older way to store an event.
  Async<api::lambda::InvokeAsyncResponse> invoke_async(const wire::Call& call,
                                                       api::lambda::InvokeAsyncRequest input);
  Async<api::lambda::InvokeWithResponseStreamResponse> invoke_streaming(
      const wire::Call& call, api::lambda::InvokeWithResponseStreamRequest input);

 private:
  struct Prepared {
    FunctionRef ref;
    TargetPtr target;
    execution::Invocation invocation;
  };
  Async<Prepared> prepare(const wire::Call& call, api::lambda::InvocationRequest input);

  // Begins an execution, or finds the one of that name; who does not send an event waits for its end.
  Async<api::lambda::InvocationResponse> invoke_durable(const wire::Call& call, Prepared prepared,
                                                        std::string name, bool event);

  Parts& parts_;
  AsyncInvokes& async_;
};

}  // namespace hearth::services::lambda
