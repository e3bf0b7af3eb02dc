#include "services/lambda/durable/callbacks.h"

#include "base/encoding.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
constexpr std::string_view kPart = "durable-callback:";

}  // namespace

void DurableCallbacks::mount(wire::Router& router) {
  router.resolve_with(api::lambda::kService, *this);
  router.on<ops::SendDurableExecutionCallbackSuccess>(*this, &DurableCallbacks::succeed);
  router.on<ops::SendDurableExecutionCallbackFailure>(*this, &DurableCallbacks::fail_callback);
  router.on<ops::SendDurableExecutionCallbackHeartbeat>(*this, &DurableCallbacks::heartbeat);
}

Async<std::string> DurableCallbacks::resolve(const Call&, std::string resource) {
  const size_t at = resource.find(kPart);
  if (at == std::string::npos) co_return resource;
  const auto id = CallbackId::parse(std::string_view(resource).substr(at + kPart.size()));
  co_return id ? id->execution_arn : resource;
}

Async<void> DurableCallbacks::change(const Call& call, std::string callback_id, const Change& change) {
  const auto id = CallbackId::parse(callback_id);
  if (!id) co_return errors::invalid_parameter_value_exception("Invalid callback ID.");
  TRY(const ExecutionRef ref, ExecutionRef::parse(call, id->execution_arn));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(auto execution, co_await DurableExecution::find(parts_, tx, ref));
    if (!execution) co_return errors::resource_not_found_exception("Callback not found: " + callback_id);
    TRY(auto operation, co_await execution->operation(id->operation));
    if (!operation || operation->type != kCallback || operation->secret != id->secret) {
      co_return errors::resource_not_found_exception("Callback not found: " + callback_id);
    }
    if (execution->record.ends() || operation->ends()) {
      co_return errors::callback_timeout_exception("The callback has timed out or is already closed.");
    }
    change(*execution, *std::move(operation));
    execution->save();
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::SendDurableExecutionCallbackSuccessResponse> DurableCallbacks::succeed(
    const Call& call, api::lambda::SendDurableExecutionCallbackSuccessRequest input) {
  if (!is_utf8(input.result.value_or(""))) {
    co_return errors::invalid_parameter_value_exception("The result of a callback must be valid UTF-8.");
  }
  const Change end = [&](DurableExecution& execution, OperationRecord operation) {
    execution.complete(std::move(operation), kSucceeded, input.result.value_or(""), std::nullopt);
  };
  TRY_VOID(co_await change(call, input.callback_id, end));
  co_return api::lambda::SendDurableExecutionCallbackSuccessResponse{};
}

Async<api::lambda::SendDurableExecutionCallbackFailureResponse> DurableCallbacks::fail_callback(
    const Call& call, api::lambda::SendDurableExecutionCallbackFailureRequest input) {
  const DurableError error = error_of(std::move(input.error).value_or(api::lambda::ErrorObject{}));
  TRY_VOID(check_error_size(kCallback, error));
  const Change end = [&](DurableExecution& execution, OperationRecord operation) {
    execution.complete(std::move(operation), kFailed, std::nullopt, error);
  };
  TRY_VOID(co_await change(call, input.callback_id, end));
  co_return api::lambda::SendDurableExecutionCallbackFailureResponse{};
}

Async<api::lambda::SendDurableExecutionCallbackHeartbeatResponse> DurableCallbacks::heartbeat(
    const Call& call, api::lambda::SendDurableExecutionCallbackHeartbeatRequest input) {
  const Change beat = [&](DurableExecution& execution, OperationRecord operation) {
    if (operation.heartbeat_seconds == 0) return;
    const OperationRecord before = operation;
    operation.heartbeat_due = parts_.clock.now() + std::chrono::seconds(operation.heartbeat_seconds);
    execution.put(operation, before);
  };
  TRY_VOID(co_await change(call, input.callback_id, beat));
  co_return api::lambda::SendDurableExecutionCallbackHeartbeatResponse{};
}

}  // namespace hearth::services::lambda
