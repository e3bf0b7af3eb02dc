#include "services/lambda/durable/chains.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "base/log.h"
#include "delivery/target.h"
#include "services/lambda/destinations.h"
#include "services/lambda/durable/error.h"
#include "services/lambda/idleness.h"
#include "services/lambda/limits.h"
#include "services/lambda/recursion.h"
#include "services/lambda/runner.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

// Errors that will not be others later.
bool is_final(const Error& error) {
  return error.code != "TooManyRequestsException" && error.code != "ServiceException" &&
         error.code != "ResourceConflictException" && error.code != "SnapStartNotReadyException" &&
         !error.code.starts_with("Store");
}

Ending failure(std::string type, std::string message) {
  return {.status = kFailed,
          .result = {},
          .error = DurableError{.message = std::move(message), .type = std::move(type)}};
}

Ending ending_of(execution::Outcome outcome) {
  if (outcome.function_error) {
    return {.status = kFailed, .result = {}, .error = error_of_payload(outcome.payload)};
  }
  // What another runtime made may be anything; what an execution keeps is text.
  if (!is_utf8(outcome.payload)) {
    return failure("InvalidParameterValueException", "CHAINED_INVOKE output payload is no text.");
  }
  if (outcome.payload.size() > limits::kDurablePayloadBytesMax) {
    return failure("InvalidParameterValueException",
                   fmt::format("CHAINED_INVOKE output payload size must be less than or equal to {} bytes.",
                               limits::kDurablePayloadBytesMax));
  }
  return {.status = kSucceeded, .result = std::move(outcome.payload), .error = {}};
}

}  // namespace

Task<void> DurableChains::run() {
  auto handler = [this](delivery::Message message) -> Task<delivery::Verdict> {
    auto work = store::decode<DurableQueues::Work>(message.header);
    if (work) co_return co_await attempt(*std::move(work));
    log::error("a chained invoke is dropped: {}", work.error().message);
    co_return delivery::Verdict{};
  };
  co_await durable_.queues.chains().run(handler);
}

Task<delivery::Verdict> DurableChains::attempt(DurableQueues::Work work) {
  const auto ref = ExecutionRef::parse(work.execution_arn);
  if (!ref) co_return delivery::Verdict{};
  auto found = co_await read(*ref, work.operation);
  if (!found) co_return durable_.queues.put_back(std::move(work));
  if (!*found) co_return delivery::Verdict{};
  Chained& chained = **found;
  const wire::Call call{.account = ref->function.account, .region = ref->function.region};
  auto function = FunctionRef::parse(call, chained.operation.function);
  if (!function) co_return over(std::move(chained), failure(function.error().code, function.error().message));
  auto target = co_await authorize(chained, *function);
  if (!target && is_final(target.error())) {
    co_return over(std::move(chained), failure(target.error().code, target.error().message));
  }
  if (!target) co_return durable_.queues.put_back(std::move(work));
  const VersionRecord& version = (*target)->resolved.version;
  execution::Invocation invocation{.request_id = parts_.random.uuid(),
                                   .payload = chained.input,
                                   .function_arn = function->qualified_arn(),
                                   .tenant = chained.operation.tenant,
                                   .trace = execution::Trace::parse(chained.trace),
                                   .queued = true};
  if (const Status valid = check_json(chained.input); !valid) {
    co_return over(std::move(chained),
                   failure("InvalidRequestContentException",
                           "Could not parse request body into json: " + valid.error().message));
  }
  if (const Status fits = check_tenant(version, invocation.tenant); !fits) {
    co_return over(std::move(chained), failure(fits.error().code, fits.error().message));
  }
  const auto invocable = co_await make_invocable(parts_, *function, version);
  if (!invocable) co_return durable_.queues.put_back(std::move(work));
  if (version.durable) {
    Status fits = DurableStarts::check(*function, version, false);
    // All invocations of an execution have the trace that it began with, in which chains are counted here.
    if (fits) fits = pass(invocation.trace, *function, (*target)->resolved.function.loops_allowed);
    if (!fits) co_return over(std::move(chained), failure(fits.error().code, fits.error().message));
    DurableStarts::Start start{.function = *std::move(function),
                               .target = *std::move(target),
                               .invocation = std::move(invocation),
                               .parent_arn = ref->arn(),
                               .parent_operation = chained.operation.id};
    co_return delivery::Verdict{
        .also = [this, chained = std::move(chained), start = std::move(start)](store::Transaction& tx) {
          return start_child(tx, chained, start);
        }};
  }
  std::string executed = version.version;
  auto outcome = co_await run_once(parts_, *function, *std::move(target), std::move(invocation));
  if (outcome) co_return over(std::move(chained), ending_of(*std::move(outcome)), std::move(executed));
  if (is_final(outcome.error())) {
    co_return over(std::move(chained), failure(outcome.error().code, outcome.error().message));
  }
  co_return durable_.queues.put_back(std::move(work));
}

Async<std::optional<DurableChains::Chained>> DurableChains::read(ExecutionRef ref, std::string operation) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<Chained>> {
    TRY(auto execution, co_await DurableExecution::find(durable_, tx, ref));
    if (!execution || execution->record.ends()) co_return std::optional<Chained>();
    TRY(auto record, co_await execution->operation(operation));
    if (!record || record->ends() || !record->child_arn.empty()) co_return std::optional<Chained>();
    TRY(std::string input, co_await execution->data(operation, kInput));
    std::string trace = record->trace.empty() ? execution->record.trace : record->trace;
    co_return Chained{ref, *std::move(record), std::move(input), std::move(trace),
                      execution->record.role_arn};
  };
  co_return co_await parts_.store.read(body);
}

Async<TargetPtr> DurableChains::authorize(Chained chained, FunctionRef function) {
  if (function.account != chained.execution.function.account) {
    co_return errors::invalid_parameter_value_exception(
        "Cross-account chained invocations are not supported.");
  }
  const Status allowed =
      co_await parts_.rights.require(sender_of(chained.execution.function, chained.role_arn),
                                     api::lambda::ops::Invoke::kInfo, function.qualified_arn());
  if (!allowed) {
    if (allowed.error().code != delivery::kTargetDenied) co_return allowed.error();
    co_return Error{.code = "AccessDeniedException", .message = allowed.error().message};
  }
  co_return co_await parts_.targets.find(std::move(function));
}

Async<void> DurableChains::start_child(store::Transaction& tx, Chained chained, DurableStarts::Start start) {
  TRY(auto execution, co_await DurableExecution::find(durable_, tx, chained.execution));
  if (!execution || execution->record.ends()) co_return {};
  TRY(auto operation, co_await execution->operation(chained.operation.id));
  if (!operation || operation->ends() || !operation->child_arn.empty()) co_return {};
  const OperationRecord before = *operation;
  TRY(const ExecutionRef child, co_await starts_.start(tx, start));
  operation->child_arn = child.arn();
  operation->executed_version = child.function.qualifier;
  execution->put(*operation, before);
  execution->save();
  co_return {};
}

Async<void> DurableChains::settle(store::Transaction& tx, Chained chained, Ending ending,
                                  std::string version) {
  TRY(auto execution, co_await DurableExecution::find(durable_, tx, chained.execution));
  if (!execution || execution->record.ends()) co_return {};
  TRY(auto operation, co_await execution->operation(chained.operation.id));
  if (!operation || operation->ends()) co_return {};
  operation->executed_version = std::move(version);
  execution->complete(*std::move(operation), ending.status, std::move(ending.result),
                      std::move(ending.error));
  execution->save();
  co_return {};
}

delivery::Verdict DurableChains::over(Chained chained, Ending ending, std::string version) {
  return {.also = [this, chained = std::move(chained), ending = std::move(ending),
                   version = std::move(version)](store::Transaction& tx) {
    return settle(tx, chained, ending, version);
  }};
}

}  // namespace hearth::services::lambda
