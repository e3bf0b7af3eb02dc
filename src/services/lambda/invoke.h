// Invoke: runs a function for a caller, or stores the event for later (async_invokes.h).
#pragma once
#include "api/lambda.h"
#include "services/lambda/async_invokes.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Invoke {
 public:
  Invoke(Parts& parts, AsyncInvokes& async) : parts_(parts), async_(async) {}
  void mount(wire::Router& router);

  Async<api::lambda::InvocationResponse> invoke(const wire::Call& call, api::lambda::InvocationRequest input);

 private:
  Async<api::lambda::InvocationResponse> run(const wire::Call& call, FunctionRef ref,
                                             api::lambda::InvocationRequest input);

  Parts& parts_;
  AsyncInvokes& async_;
};

}  // namespace hearth::services::lambda
