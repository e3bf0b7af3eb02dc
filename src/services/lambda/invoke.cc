#include "services/lambda/invoke.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "services/lambda/durable/starts.h"
#include "services/lambda/idleness.h"
#include "services/lambda/invoke_events.h"
#include "services/lambda/limits.h"
#include "services/lambda/payload_fault.h"
#include "wire/event_stream.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using api::lambda::InvocationResponse;

Status check_payload(const std::string& payload) {
  const Status valid = check_json(payload);
  if (valid) return {};
  const std::string fault = payload_fault(payload);
  return fail(errors::invalid_request_content_exception(
      "Could not parse request body into json: Could not parse payload into json: " +
      (fault.empty() ? valid.error().message : fault)));
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

void tell_trace(const wire::Call& call, std::string header) {
  if (call.response_headers) call.response_headers->set("X-Amzn-Trace-Id", std::move(header));
}

}  // namespace

void Invoke::mount(wire::Router& router) {
  router.on<ops::Invoke>(*this, &Invoke::invoke);
  router.on<ops::InvokeAsync>(*this, &Invoke::invoke_async);
  router.on<ops::InvokeWithResponseStream>(*this, &Invoke::invoke_streaming);
}

Async<Invoke::Prepared> Invoke::prepare(const wire::Call& call, api::lambda::InvocationRequest input) {
  TRY(FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  if (!input.payload || input.payload->empty()) input.payload = "{}";
  TRY_VOID(check_payload(*input.payload));
  TRY(std::string client_context, client_context_of(input.client_context));
  TRY(TargetPtr target, co_await parts_.targets.find(ref));
  TRY_VOID(check_tenant(target->resolved.version, input.tenant_id.value_or("")));
  if (input.invocation_type != "DryRun") {
    TRY_VOID(co_await make_invocable(parts_, ref, target->resolved.version));
  }
  execution::Invocation invocation{.request_id = call.request_id,
                                   .payload = *std::move(input.payload),
                                   .function_arn = ref.qualified_arn(),
                                   .client_context = std::move(client_context),
                                   .tenant = std::move(input.tenant_id).value_or("")};
  if (call.request) invocation.trace = execution::Trace::parse(call.request->headers.get("X-Amzn-Trace-Id"));
  invocation.trace.begin(parts_.clock.now(), parts_.random);
  invocation.wants_log_tail = input.log_type == "Tail";
  co_return Prepared{std::move(ref), std::move(target), std::move(invocation)};
}

Async<InvocationResponse> Invoke::invoke(const wire::Call& call, api::lambda::InvocationRequest input) {
  const std::string type = input.invocation_type.value_or("");
  std::string name = input.durable_execution_name.value_or("");
  TRY(Prepared prepared, co_await prepare(call, std::move(input)));
  auto& [ref, target, invocation] = prepared;
  const VersionRecord& version = target->resolved.version;
  if (version.durable) TRY_VOID(DurableStarts::check(ref, version, type != "Event"));
  if (!version.durable && !name.empty()) {
    co_return errors::invalid_parameter_value_exception(
        "DurableExecutionName can only be given for a durable function.");
  }
  if (type == "DryRun") co_return InvocationResponse{.status_code = 204};
  if (version.durable)
    co_return co_await invoke_durable(call, std::move(prepared), std::move(name), type == "Event");
  if (type == "Event") {
    tell_trace(call, invocation.trace.header());
    TRY_VOID(co_await async_.enqueue(ref, std::move(invocation)));
    co_return InvocationResponse{.status_code = 202};
  }
  const bool tail = invocation.wants_log_tail;
  TRY(auto outcome, co_await run_function(parts_, ref, std::move(target), std::move(invocation)));
  if (call.response_headers) call.response_headers->set("Content-Type", "application/json");
  tell_trace(call, std::move(outcome.trace));
  InvocationResponse out{.status_code = 200,
                         .payload = std::move(outcome.payload),
                         .executed_version = std::move(outcome.executed_version)};
  if (outcome.function_error) out.function_error = "Unhandled";
  if (tail) out.log_result = base64_encode(outcome.log_tail);
  co_return out;
}

Async<InvocationResponse> Invoke::invoke_durable(const wire::Call& call, Prepared prepared, std::string name,
                                                 bool event) {
  tell_trace(call, prepared.invocation.trace.header());
  TRY(ExecutionRef execution, co_await parts_.durable->start({.function = std::move(prepared.ref),
                                                              .target = std::move(prepared.target),
                                                              .invocation = std::move(prepared.invocation),
                                                              .name = std::move(name),
                                                              .synchronous = !event}));
  InvocationResponse out{.status_code = event ? 202 : 200, .durable_execution_arn = execution.arn()};
  if (event) co_return out;
  TRY(auto outcome, co_await parts_.durable->outcome(std::move(execution)));
  if (call.response_headers) call.response_headers->set("Content-Type", "application/json");
  out.payload = std::move(outcome.payload);
  out.executed_version = std::move(outcome.executed_version);
  if (outcome.function_error) out.function_error = "Unhandled";
  co_return out;
}

Async<api::lambda::InvokeAsyncResponse> Invoke::invoke_async(const wire::Call& call,
                                                             api::lambda::InvokeAsyncRequest input) {
  auto event = co_await input.invoke_args.read_all(limits::kEventBytesMax);
  if (!event && event.error().code == "BodyTooLarge") {
    co_return errors::request_too_large_exception(fmt::format(
        "The payload is too large for the Event invocation type (limit {} bytes)", limits::kEventBytesMax));
  }
  if (!event) co_return std::move(event).error();
  TRY(const auto accepted, co_await invoke(call, {.function_name = std::move(input.function_name),
                                                  .invocation_type = "Event",
                                                  .payload = *std::move(event)}));
  co_return api::lambda::InvokeAsyncResponse{.status = accepted.status_code};
}

Async<api::lambda::InvokeWithResponseStreamResponse> Invoke::invoke_streaming(
    const wire::Call& call, api::lambda::InvokeWithResponseStreamRequest input) {
  using Response = api::lambda::InvokeWithResponseStreamResponse;
  const bool dry = input.invocation_type == "DryRun";
  TRY(Prepared prepared, co_await prepare(call, {.function_name = std::move(input.function_name),
                                                 .invocation_type = std::move(input.invocation_type),
                                                 .log_type = std::move(input.log_type),
                                                 .client_context = std::move(input.client_context),
                                                 .payload = std::move(input.payload),
                                                 .qualifier = std::move(input.qualifier),
                                                 .tenant_id = std::move(input.tenant_id)}));
  auto& [ref, target, invocation] = prepared;
  if (target->resolved.version.durable) {
    co_return wire::not_implemented("response streams of durable functions");
  }
  if (dry) co_return Response{.status_code = 204};
  tell_trace(call, invocation.trace.header());
  const std::string version = target->resolved.version.version;
  auto mine = execution::stream_response();
  invocation.stream = mine.writing;
  TRY(auto outcome, co_await begin_function(parts_, ref, std::move(target), std::move(invocation)));
  const auto begun = co_await mine.begun;
  io::Body events;
  if (begun) {
    events = std::unique_ptr<io::BodySource>(
        std::make_unique<InvokeEvents>(std::move(mine.bytes), std::move(outcome)));
  } else {
    // All is over already; a platform that failed can still say so as an error.
    const auto ended = co_await outcome;
    TRY_VOID(judge(ended));
    events = last_events(ended);
  }
  co_return Response{.status_code = 200,
                     .executed_version = version,
                     .event_stream = std::move(events),
                     .response_stream_content_type = std::string(wire::kEventStreamType)};
}

}  // namespace hearth::services::lambda
