#include "services/lambda/durable/runs.h"

#include "base/log.h"
#include "services/lambda/durable/error.h"
#include "services/lambda/durable/state.h"
#include "services/lambda/idleness.h"
#include "services/lambda/limits.h"
#include "wire/resource.h"

namespace hearth::services::lambda {
namespace {

using std::chrono::seconds;

// Invocations in a row that fail, or wait for nothing, without having brought the execution on.
constexpr int64_t kFailuresMax = 3;
constexpr seconds kRetryWait(1);
// What a function is invoked with is a text in a text: there is room for what that adds.
constexpr size_t kFirstPageBytesMax = 3 * 1024 * 1024;
constexpr size_t kStoppedAtOnce = 50;
constexpr std::string_view kInvalid = "InvalidParameterValueException";

}  // namespace

Task<void> DurableRuns::run() {
  auto handler = [this](delivery::Message message) -> Task<delivery::Verdict> {
    auto work = store::decode<DurableQueues::Work>(message.header);
    if (work) co_return co_await attempt(*std::move(work));
    log::error("an invocation of a durable execution is dropped: {}", work.error().message);
    co_return delivery::Verdict{};
  };
  co_await durable_.queues.runs().run(handler);
}

Task<delivery::Verdict> DurableRuns::stop_all(DurableQueues::Work work) {
  const auto named = wire::parse_function_reference(work.function_arn);
  const FunctionRef function{named.account, named.region, named.name, named.qualifier};
  std::string after;
  do {
    auto next = co_await stop_some(function, work.function_id, std::move(after));
    if (!next) co_return durable_.queues.put_back(std::move(work));
    after = *std::move(next);
  } while (!after.empty());
  co_return delivery::Verdict{};
}

Async<std::string> DurableRuns::stop_some(FunctionRef function, std::string function_id, std::string after) {
  auto body = [&](store::Transaction& tx) -> Async<std::string> {
    TRY(auto listing,
        co_await durable_list(tx).list({.under = store::Key(function.account, function.region, function.name),
                                        .after = after,
                                        .rows_max = kStoppedAtOnce,
                                        .isolation = store::Isolation::kSnapshot}));
    for (const auto& entry : listing.entries) {
      const NameRecord& one = entry.record;
      const bool meant = function.qualifier.empty() || function.qualifier == one.version;
      if (one.function_id != function_id || !meant) continue;
      const ExecutionRef ref{
          {function.account, function.region, function.name, one.version}, one.name, one.id};
      TRY(auto execution, co_await DurableExecution::find(durable_, tx, ref));
      if (!execution) continue;
      TRY_VOID(co_await execution->end({.status = kStopped,
                                        .result = {},
                                        .error = DurableError{.message = "The function was deleted.",
                                                              .type = "ResourceNotFoundException"}}));
    }
    co_return std::move(listing.next);
  };
  co_return co_await parts_.store.transact(body);
}

Task<delivery::Verdict> DurableRuns::attempt(DurableQueues::Work work) {
  if (!work.function_arn.empty()) co_return co_await stop_all(std::move(work));
  const auto ref = ExecutionRef::parse(work.execution_arn);
  if (!ref) co_return delivery::Verdict{};
  auto target = co_await parts_.targets.find(ref->function);
  if (!target && target.error().code == "ResourceNotFoundException")
    co_return give_up(*ref, std::move(target).error());
  if (!target) co_return durable_.queues.put_back(std::move(work));
  const auto invocable = co_await make_invocable(parts_, ref->function, (*target)->resolved.version);
  if (!invocable) co_return durable_.queues.put_back(std::move(work));
  auto begun = co_await begin(*ref);
  if (!begun) co_return durable_.queues.put_back(std::move(work));
  if (!*begun) co_return delivery::Verdict{};
  if ((*begun)->function_id != (*target)->resolved.function.id) {
    co_return give_up(*ref, api::lambda::errors::resource_not_found_exception("Function not found: " +
                                                                              ref->function.qualified_arn()));
  }
  Ended ended{
      .run = (*begun)->run, .request_id = parts_.random.uuid(), .began = parts_.clock.now(), .outcome = {}};
  auto outcome = co_await run_once(parts_, ref->function, *std::move(target),
                                   {.request_id = ended.request_id,
                                    .payload = std::move((*begun)->payload),
                                    .function_arn = ref->function.qualified_arn(),
                                    .client_context = (*begun)->client_context,
                                    .tenant = (*begun)->tenant,
                                    .trace = execution::Trace::parse((*begun)->trace),
                                    .queued = true});
  if (!outcome && outcome.error().code == "RecursiveInvocationException")
    co_return give_up(*ref, outcome.error());
  if (!outcome) co_return durable_.queues.put_back(std::move(work));
  ended.outcome = *std::move(outcome);
  co_return delivery::Verdict{.also = [this, ref = *ref, ended = std::move(ended)](store::Transaction& tx) {
    return finish(tx, ref, ended);
  }};
}

Async<std::optional<DurableRuns::Begun>> DurableRuns::begin(ExecutionRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<Begun>> {
    TRY(auto execution, co_await DurableExecution::find(durable_, tx, ref));
    if (!execution || execution->record.ends()) co_return std::optional<Begun>();
    ExecutionRecord& record = execution->record;
    if (record.pause) {
      record.queued = false;
      execution->pause(true);
      execution->save();
      co_return std::optional<Begun>();
    }
    TRY(const auto updated, co_await execution->changed(record.seen, record.changes));
    record.run = parts_.random.uuid();
    record.token = 1;
    record.seen_before = record.seen = record.changes;
    record.client_token.clear();
    TRY(StatePage page,
        co_await state_page(*execution, {.bytes_max = kFirstPageBytesMax, .may_be_empty = true}));
    execution->save();
    co_return Begun{.run = record.run,
                    .payload = invocation_payload(ref.arn(), CheckpointToken{record.run, record.token}.text(),
                                                  std::move(page), updated),
                    .tenant = record.tenant,
                    .client_context = record.client_context,
                    .trace = record.trace,
                    .function_id = record.function_id};
  };
  co_return co_await parts_.store.transact(body);
}

delivery::Verdict DurableRuns::give_up(ExecutionRef ref, Error error) {
  return {.also = [this, ref = std::move(ref),
                   error = std::move(error)](store::Transaction& tx) -> Async<void> {
    TRY(auto execution, co_await DurableExecution::find(durable_, tx, ref));
    if (!execution) co_return {};
    Ending ending{
        .status = kFailed, .result = {}, .error = DurableError{.message = error.message, .type = error.code}};
    co_return co_await execution->end(std::move(ending));
  }};
}

Async<void> DurableRuns::finish(store::Transaction& tx, ExecutionRef ref, const Ended& ended) {
  TRY(auto execution, co_await DurableExecution::find(durable_, tx, ref));
  if (!execution) co_return {};
  ExecutionRecord& record = execution->record;
  EventRecord event{.type = "InvocationCompleted",
                    .at = parts_.clock.now(),
                    .request_id = ended.request_id,
                    .began = ended.began};
  if (ended.outcome.function_error) event.error = error_of_payload(ended.outcome.payload);
  execution->tell(std::move(event));
  record.queued = false;
  if (record.ends()) {
    execution->save();
    co_return {};
  }
  // A checkpoint may have said that this one is over, as the execution pauses.
  const bool counts = record.run == ended.run;
  record.run.clear();
  if (counts) {
    TRY_VOID(co_await judge(*execution, ended));
  } else {
    execution->wake(parts_.clock.now());
  }
  if (record.pause) execution->pause(record.failures > 0 || record.pending == 0);
  execution->save();
  co_return {};
}

Async<void> DurableRuns::judge(DurableExecution& execution, const Ended& ended) {
  if (ended.outcome.function_error) {
    co_return co_await failed(execution, error_of_payload(ended.outcome.payload));
  }
  const size_t bytes_max =
      execution.record.synchronous ? limits::kDurableResultBytesMax : limits::kDurableAsyncResultBytesMax;
  auto ending = ending_of_answer(ended.outcome.payload, bytes_max);
  if (!ending) {
    DurableError error{.message = std::move(ending).error().message, .type = std::string(kInvalid)};
    co_return co_await execution.end({.status = kFailed, .result = {}, .error = std::move(error)});
  }
  if (*ending) co_return co_await execution.end(**std::move(ending));
  co_return co_await fall_asleep(execution);
}

Async<void> DurableRuns::fall_asleep(DurableExecution& execution) {
  ExecutionRecord& record = execution.record;
  if (record.changes > record.seen) {
    execution.wake(parts_.clock.now());
  } else if (record.pending == 0 && !record.pause) {
    co_return co_await failed(execution,
                              {.message = "Cannot return PENDING status with no pending operations.",
                               .type = std::string(kInvalid)});
  }
  co_return {};
}

Async<void> DurableRuns::failed(DurableExecution& execution, DurableError error) {
  if (++execution.record.failures >= kFailuresMax) {
    co_return co_await execution.end({.status = kFailed, .result = {}, .error = std::move(error)});
  }
  execution.wake(parts_.clock.now() + kRetryWait * execution.record.failures);
  co_return {};
}

}  // namespace hearth::services::lambda
