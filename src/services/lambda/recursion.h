// The guard against functions that set themselves off, over other functions, destinations or by themselves:
// the trace of an invoke counts how often it has come through each function ("Lineage=3:a87bd80c:0|..."), and
// after kPassesMax the next one is stopped, unless the function's RecursiveLoop is Allow. It sees what
// carries the trace on: destinations do, and callers that send X-Amzn-Trace-Id.
#pragma once
#include "api/lambda.h"
#include "services/lambda/function_ref.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

constexpr int kPassesMax = 16;

// How often the trace has come through the function.
int passes_of(const execution::Trace& trace, const FunctionRef& ref);
// Counts one more. Fails with RecursiveInvocationException when it was often enough.
Status pass(execution::Trace& trace, const FunctionRef& ref, bool loops_allowed);

class Recursion {
 public:
  explicit Recursion(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::PutFunctionRecursionConfigResponse> put(
      const wire::Call& call, api::lambda::PutFunctionRecursionConfigRequest input);
  Async<api::lambda::GetFunctionRecursionConfigResponse> get(
      const wire::Call& call, api::lambda::GetFunctionRecursionConfigRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::lambda
