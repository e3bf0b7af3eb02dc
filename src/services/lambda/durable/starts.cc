#include "services/lambda/durable/starts.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "services/lambda/durable/error.h"
#include "services/lambda/limits.h"
#include "services/lambda/runner.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

constexpr std::chrono::seconds kLookTime(5);  // a change may be told late, or not at all

}  // namespace

Status DurableStarts::check(const FunctionRef& function, const VersionRecord& version, bool synchronous) {
  if (function.qualifier.empty()) {
    return fail(errors::invalid_parameter_value_exception(
        "You cannot invoke a durable function using an unqualified ARN."));
  }
  if (synchronous && version.durable->timeout_seconds > limits::kSynchronousSecondsMax) {
    return fail(
        errors::invalid_parameter_value_exception("You cannot synchronously invoke a durable function with "
                                                  "an executionTimeout greater than 15 minutes."));
  }
  return {};
}

Async<ExecutionRef> DurableStarts::start(store::Transaction& tx, const Start& start) {
  const Resolved& found = start.target->resolved;
  const VersionRecord& version = found.version;
  const TimePoint now = parts_.clock.now();
  const std::string id = parts_.random.uuid();
  ExecutionRef ref{.function = start.function, .name = start.name.empty() ? id : start.name, .id = id};
  ref.function.qualifier = version.version;

  const store::Key key(ref.function.account, ref.function.region, ref.function.name, ref.name);
  const NameRecord named{.name = ref.name,
                         .id = id,
                         .version = version.version,
                         .function_id = found.function.id,
                         .input_sha256 = sha256(start.invocation.payload)};
  TRY(const auto other, co_await durable_names(tx).get(key));
  if (other && other->function_id == named.function_id) {
    if (other->input_sha256 != named.input_sha256) {
      co_return errors::durable_execution_already_started_exception(
          fmt::format("Durable execution already started with a different payload: {}", ref.name));
    }
    ref.function.qualifier = other->version;
    ref.id = other->id;
    co_return ref;
  }

  execution::Trace trace = start.invocation.trace;
  trace.begin(now, parts_.random);  // one for all invocations
  DurableExecution execution(parts_, tx, ref,
                             {.name = ref.name,
                              .version = version.version,
                              .function_id = found.function.id,
                              .started = now,
                              .timeout_seconds = version.durable->timeout_seconds,
                              .retention_days = version.durable->retention_days,
                              .trace = trace.header(),
                              .tenant = start.invocation.tenant,
                              .client_context = start.invocation.client_context,
                              .synchronous = start.synchronous,
                              .dead_letter_arn = version.dead_letter_arn,
                              .role_arn = version.role,
                              .request_id = start.invocation.request_id,
                              .parent_arn = start.parent_arn,
                              .parent_operation = start.parent_operation});
  durable_names(tx).put(key, named);
  durable_list(tx).put(store::Key(ref.function.account, ref.function.region, ref.function.name, now, id),
                       named);
  execution.put_data({id, kInput, start.invocation.payload});
  execution.tell({.type = event_type(kExecution, "Started"), .operation = id, .at = now});
  execution.set_timeout(now + std::chrono::seconds(version.durable->timeout_seconds));
  execution.wake(now);
  execution.save();
  co_return ref;
}

Async<ExecutionRef> DurableStarts::start(Start start) {
  auto body = [&](store::Transaction& tx) -> Async<ExecutionRef> {
    co_return co_await this->start(tx, start);
  };
  co_return co_await parts_.store.transact(body);
}

Async<std::optional<execution::Outcome>> DurableStarts::ended(ExecutionRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<execution::Outcome>> {
    TRY(auto execution, co_await DurableExecution::load(parts_, tx, ref));
    const ExecutionRecord& record = execution.record;
    if (!record.ends()) co_return std::optional<execution::Outcome>();
    Ending ending{.status = record.status, .result = {}, .error = {}};
    TRY(ending.error, co_await execution.error(ref.id));
    if (record.status == kSucceeded) {
      TRY(ending.result, co_await execution.data(ref.id, kResult));
    }
    auto outcome = outcome_of(ending, record.version);
    outcome.trace = record.trace;
    co_return outcome;
  };
  co_return co_await parts_.store.read(body);
}

Async<execution::Outcome> DurableStarts::outcome(ExecutionRef ref) {
  store::Watch changes = parts_.store.watch(end_key(ref).bytes());
  const SteadyTime deadline =
      parts_.clock.steady_now() + std::chrono::seconds(limits::kSynchronousSecondsMax);
  for (;;) {
    TRY(auto outcome, co_await ended(ref));
    if (outcome) co_return *std::move(outcome);
    const SteadyTime now = parts_.clock.steady_now();
    if (now >= deadline) co_return errors::service_exception("The durable execution has not ended in time.");
    co_await changes.changed(std::min(deadline, now + kLookTime));
  }
}

Async<execution::Outcome> DurableStarts::run_to_end(FunctionRef function, TargetPtr target,
                                                    execution::Invocation invocation) {
  const VersionRecord& version = target->resolved.version;
  TRY_VOID(check(function, version, true));
  TRY_VOID(check_tenant(version, invocation.tenant));
  TRY(ExecutionRef ref, co_await start({.function = std::move(function),
                                        .target = std::move(target),
                                        .invocation = std::move(invocation),
                                        .synchronous = true}));
  co_return co_await outcome(std::move(ref));
}

}  // namespace hearth::services::lambda
