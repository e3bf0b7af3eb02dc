#include "services/lambda/invoke.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "services/lambda/limits.h"
#include "services/lambda/runner.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using api::lambda::InvocationResponse;

Status check_payload(const std::string& payload) {
  const Status valid = check_json(payload);
  if (valid) return {};
  return fail(errors::invalid_request_content_exception(
      "Could not parse request body into json: Could not parse payload into json: " + valid.error().message));
}

// The header's base64 JSON as the JSON that the runtime gets.
Result<std::string> client_context_of(const std::optional<std::string>& header) {
  if (!header || header->empty()) return "";
  if (header->size() > limits::kClientContextBytesMax) {
    return fail(errors::invalid_request_content_exception(
        fmt::format("Client context must be no more than {} bytes", limits::kClientContextBytesMax)));
  }
  auto text = base64_decode(*header);
  if (!text || !check_json(*text)) {
    return fail(errors::invalid_request_content_exception(
        "Client context must be a valid Base64-encoded JSON object."));
  }
  return *std::move(text);
}

}  // namespace

void Invoke::mount(wire::Router& router) {
  router.on<ops::Invoke>(*this, &Invoke::invoke);
}

Async<InvocationResponse> Invoke::invoke(const wire::Call& call, api::lambda::InvocationRequest input) {
  TRY(FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  TRY_VOID(wire::refuse_given(input.durable_execution_name, "durable executions"));
  TRY_VOID(wire::refuse_given(input.tenant_id, "tenants"));
  if (!input.payload || input.payload->empty()) input.payload = "{}";
  TRY_VOID(check_payload(*input.payload));
  co_return co_await run(call, std::move(ref), std::move(input));
}

Async<InvocationResponse> Invoke::run(const wire::Call& call, FunctionRef ref,
                                      api::lambda::InvocationRequest input) {
  TRY(std::string client_context, client_context_of(input.client_context));
  TRY(Target target, co_await find_target(parts_, ref));
  if (input.invocation_type == "DryRun") co_return InvocationResponse{.status_code = 204};
  TRY_VOID(check_invocable(target.resolved.version));

  execution::Invocation invocation{.request_id = call.request_id,
                                   .payload = *std::move(input.payload),
                                   .function_arn = ref.qualified_arn(),
                                   .client_context = std::move(client_context)};
  if (call.request) invocation.trace_id = std::string(call.request->headers.get("X-Amzn-Trace-Id"));
  if (input.invocation_type == "Event") {
    TRY_VOID(co_await async_.enqueue(ref, std::move(invocation)));
    co_return InvocationResponse{.status_code = 202};
  }
  invocation.wants_log_tail = input.log_type == "Tail";
  const bool tail = invocation.wants_log_tail;
  TRY(auto outcome, co_await run_function(parts_, ref, std::move(target), std::move(invocation)));
  if (call.response_headers) call.response_headers->set("Content-Type", "application/json");
  InvocationResponse out{.status_code = 200,
                         .payload = std::move(outcome.payload),
                         .executed_version = std::move(outcome.executed_version)};
  if (outcome.function_error) out.function_error = "Unhandled";
  if (tail) out.log_result = base64_encode(outcome.log_tail);
  co_return out;
}

}  // namespace hearth::services::lambda
