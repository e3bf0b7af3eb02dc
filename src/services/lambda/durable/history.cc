#include "services/lambda/durable/history.h"

#include "base/encoding.h"
#include "base/unless_empty.h"
#include "base/whole_number.h"
#include "services/lambda/durable/state.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {
namespace {

using api::lambda::Event;
using api::lambda::EventError;
using api::lambda::EventResult;

constexpr size_t kPageBytesMax = 5 * 1024 * 1024;

// What an event shows of its operation. Without data, that there is some is said.
struct Shown {
  std::optional<std::string> input;
  std::optional<std::string> result;
  std::optional<DurableError> error;
  bool with_data = true;

  api::lambda::EventInput in() const {
    if (!with_data) return {.payload = {}, .truncated = true};
    return {.payload = input, .truncated = false};
  }
  EventResult out() const {
    if (!with_data) return {.payload = {}, .truncated = true};
    return {.payload = result, .truncated = false};
  }
  EventError failure() const {
    if (!with_data) return {.payload = {}, .truncated = true};
    EventError shown{.payload = {}, .truncated = false};
    if (error) shown.payload = describe_error(*error);
    return shown;
  }
  size_t bytes() const {
    return input.value_or("").size() + result.value_or("").size() + (error ? error->bytes() : 0);
  }
};

void show_execution(Event& event, const EventRecord& record, const ExecutionRecord& execution,
                    const Shown& shown) {
  const std::string& type = record.type;
  if (type == "ExecutionStarted") {
    auto& details = event.execution_started_details.emplace();
    details.input = shown.in();
    details.execution_timeout = static_cast<int32_t>(execution.timeout_seconds);
  } else if (type == "ExecutionSucceeded") {
    event.execution_succeeded_details.emplace().result = shown.out();
  } else if (type == "ExecutionFailed") {
    event.execution_failed_details.emplace().error = shown.failure();
  } else if (type == "ExecutionTimedOut") {
    event.execution_timed_out_details.emplace().error = shown.failure();
  } else if (type == "ExecutionStopped") {
    event.execution_stopped_details.emplace().error = shown.failure();
  } else if (type == "ExecutionPaused") {
    auto& details = event.execution_paused_details.emplace();
    details.pause_request_timestamp = record.began;
    details.execution_timeout_paused = record.timeout_paused;
    details.reason.emplace().truncated = !shown.with_data;
    if (shown.with_data) details.reason->payload = record.reason;
  } else if (type == "ExecutionResumed") {
    auto& details = event.execution_resumed_details.emplace();
    details.resume_request_timestamp = record.began;
    details.reason.emplace().truncated = !shown.with_data;
    if (shown.with_data) details.reason->payload = record.reason;
  } else if (type == "InvocationCompleted") {
    auto& details = event.invocation_completed_details.emplace();
    details.start_timestamp = record.began;
    details.end_timestamp = record.at;
    details.request_id = record.request_id;
    if (record.error) details.error = shown.failure();
  }
}

void show_step(Event& event, const EventRecord& record, const Shown& shown) {
  api::lambda::RetryDetails retry{.current_attempt = static_cast<int32_t>(record.attempt)};
  if (record.delay_seconds) retry.next_attempt_delay_seconds = static_cast<int32_t>(*record.delay_seconds);
  if (record.type == "StepStarted") event.step_started_details.emplace();
  if (record.type == "StepSucceeded")
    event.step_succeeded_details = {.result = shown.out(), .retry_details = retry};
  if (record.type == "StepFailed")
    event.step_failed_details = {.error = shown.failure(), .retry_details = retry};
}

void show_wait(Event& event, const EventRecord& record, const OperationRecord& wait, const Shown& shown) {
  const auto duration = static_cast<int32_t>(wait.seconds);
  if (record.type == "WaitStarted") {
    auto& details = event.wait_started_details.emplace();
    details.duration = duration;
    details.scheduled_end_timestamp = wait.started + std::chrono::seconds(wait.seconds);
  } else if (record.type == "WaitSucceeded") {
    event.wait_succeeded_details.emplace().duration = duration;
  } else {
    event.wait_cancelled_details.emplace().error = shown.failure();
  }
}

void show_callback(Event& event, const EventRecord& record, const OperationRecord& callback, std::string id,
                   const Shown& shown) {
  if (record.type == "CallbackStarted") {
    auto& details = event.callback_started_details.emplace();
    details.callback_id = std::move(id);
    if (callback.heartbeat_seconds > 0)
      details.heartbeat_timeout = static_cast<int32_t>(callback.heartbeat_seconds);
    if (callback.seconds > 0) details.timeout = static_cast<int32_t>(callback.seconds);
  } else if (record.type == "CallbackSucceeded") {
    event.callback_succeeded_details.emplace().result = shown.out();
  } else if (record.type == "CallbackFailed") {
    event.callback_failed_details.emplace().error = shown.failure();
  } else {
    event.callback_timed_out_details.emplace().error = shown.failure();
  }
}

void show_chained(Event& event, const EventRecord& record, const OperationRecord& chained,
                  const Shown& shown) {
  if (record.type == "ChainedInvokeStarted") {
    auto& details = event.chained_invoke_started_details.emplace();
    details.function_name = chained.function;
    details.tenant_id = unless_empty(chained.tenant);
    details.input = shown.in();
    details.executed_version = unless_empty(chained.executed_version);
    details.durable_execution_arn = unless_empty(chained.child_arn);
  } else if (record.type == "ChainedInvokeSucceeded") {
    event.chained_invoke_succeeded_details.emplace().result = shown.out();
  } else if (record.type == "ChainedInvokeFailed") {
    event.chained_invoke_failed_details.emplace().error = shown.failure();
  } else if (record.type == "ChainedInvokeTimedOut") {
    event.chained_invoke_timed_out_details.emplace().error = shown.failure();
  } else {
    event.chained_invoke_stopped_details.emplace().error = shown.failure();
  }
}

void show_context(Event& event, const EventRecord& record, const Shown& shown) {
  if (record.type == "ContextStarted") event.context_started_details.emplace();
  if (record.type == "ContextSucceeded") event.context_succeeded_details.emplace().result = shown.out();
  if (record.type == "ContextFailed") event.context_failed_details.emplace().error = shown.failure();
}

bool begins(const EventRecord& record) {
  return record.type.ends_with("Started");
}

Async<Shown> shown_of(DurableExecution& execution, EventRecord record, bool with_data) {
  Shown shown{.with_data = with_data};
  if (!with_data || record.operation.empty()) {
    shown.error = record.error;
    co_return shown;
  }
  if (begins(record)) {
    if (record.type == "ExecutionStarted" || record.type == "ChainedInvokeStarted") {
      TRY(shown.input, co_await execution.data(record.operation, kInput));
    }
    co_return shown;
  }
  if (record.type.ends_with("Succeeded") && record.type != "WaitSucceeded") {
    TRY(shown.result, co_await execution.data(record.operation, kResult));
  } else if (record.error || record.delay_seconds) {
    shown.error = record.error;
  } else {
    TRY(shown.error, co_await execution.error(record.operation));
  }
  co_return shown;
}

Event describe(DurableExecution& execution, int64_t number, const EventRecord& record,
               const std::optional<OperationRecord>& operation, const Shown& shown) {
  Event event{.event_type = record.type,
              .event_id = static_cast<int32_t>(number),
              .id = unless_empty(record.operation),
              .event_timestamp = record.at};
  if (!operation) {
    if (record.operation == execution.ref().id) event.name = execution.record.name;
    show_execution(event, record, execution.record, shown);
    return event;
  }
  event.sub_type = unless_empty(operation->sub_type);
  event.name = unless_empty(operation->name);
  event.parent_id = unless_empty(operation->parent_id);
  if (operation->type == kStep) show_step(event, record, shown);
  if (operation->type == kContext) show_context(event, record, shown);
  if (operation->type == kWait) show_wait(event, record, *operation, shown);
  if (operation->type == kChainedInvoke) show_chained(event, record, *operation, shown);
  if (operation->type == kCallback) {
    CallbackId id{execution.ref().arn(), operation->id, operation->secret};
    show_callback(event, record, *operation, id.text(), shown);
  }
  return event;
}

}  // namespace

Async<HistoryPage> history_page(DurableExecution& execution, HistoryOptions options) {
  const int64_t last = execution.record.events;
  int64_t number = options.reverse ? last : 1;
  if (!options.after.empty()) {
    number = whole_number<int64_t>(base64_decode(options.after).value_or("")).value_or(0);
    if (number < 1 || number > last) {
      co_return api::lambda::errors::invalid_parameter_value_exception("Invalid Marker");
    }
  }
  HistoryPage page;
  size_t bytes = 0;
  const int64_t step = options.reverse ? -1 : 1;
  for (; number >= 1 && number <= last; number += step) {
    if (page.events.size() >= options.items_max || bytes > kPageBytesMax) {
      page.next_marker = base64_encode(std::to_string(number));
      break;
    }
    TRY(auto record, co_await execution.event(number));
    if (!record) continue;
    std::optional<OperationRecord> operation;
    if (!record->operation.empty() && record->operation != execution.ref().id) {
      TRY(operation, co_await execution.operation(record->operation));
    }
    TRY(const Shown shown, co_await shown_of(execution, *record, options.with_data));
    bytes += shown.bytes();
    page.events.push_back(describe(execution, number, *record, operation, shown));
  }
  co_return page;
}

}  // namespace hearth::services::lambda
