#include "services/lambda/durable/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/lambda/durable/error.h"
#include "services/lambda/limits.h"
#include "store/record.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
using api::lambda::OperationUpdate;
using std::chrono::seconds;

class Updates {
 public:
  Updates(const ExecutionRecord& execution, const Operations& known, TimePoint now,
          const std::function<std::string()>& secret)
      : execution_(execution), operations_(known), now_(now), secret_(secret), count_(execution.operations) {}

  Status apply(OperationUpdate update) {
    if (done_.ending)
      return fail(errors::invalid_parameter_value_exception("EXECUTION checkpoint must be the last update."));
    TRY_SYNC_VOID(check_form(update));
    if (update.type == kExecution) return apply_execution(std::move(update));
    TRY_SYNC_VOID(check_metadata(update));
    if (update.action == "START") return start(std::move(update));
    if (update.action == "RETRY") return retry(std::move(update));
    if (update.action == "CANCEL") return cancel(update);
    return close(std::move(update));
  }

  Result<Checkpoint> finish() && {
    for (const std::string& id : changed_) done_.operations.push_back(operations_.at(id));
    if (bytes_ > limits::kCheckpointBytesMax) {
      return fail(errors::invalid_parameter_value_exception(
          fmt::format("Checkpoint payloads must be less than or equal to {} bytes together.",
                      limits::kCheckpointBytesMax)));
    }
    if (done_.ending) return std::move(done_);
    if (count_ > limits::kDurableOperationsMax) {
      end_for(fmt::format("Durable execution exceeded the limit of {} operations.",
                          limits::kDurableOperationsMax));
    } else if (execution_.bytes + static_cast<int64_t>(bytes_) > limits::kDurableBytesMax) {
      end_for(
          fmt::format("Durable execution exceeded the limit of {} bytes of data.", limits::kDurableBytesMax));
    }
    return std::move(done_);
  }

 private:
  static Status check_action(const OperationUpdate& update) {
    static const std::map<std::string_view, std::vector<std::string_view>> kActions = {
        {kExecution, {"SUCCEED", "FAIL"}},
        {kContext, {"START", "SUCCEED", "FAIL"}},
        {kStep, {"START", "SUCCEED", "FAIL", "RETRY"}},
        {kWait, {"START", "CANCEL"}},
        {kCallback, {"START", "CANCEL"}},
        {kChainedInvoke, {"START", "CANCEL"}}};
    const auto& actions = kActions.at(update.type);
    if (std::ranges::find(actions, update.action) != actions.end()) return {};
    return fail(errors::invalid_parameter_value_exception(fmt::format("Invalid {} action.", update.type)));
  }

  // What an update may carry, whatever the operation is now.
  static Status check_form(const OperationUpdate& update) {
    TRY_SYNC_VOID(check_action(update));
    const bool brings = update.action == "SUCCEED" || update.action == "RETRY" ||
                        (update.action == "START" && update.type == kChainedInvoke);
    if (update.payload && !brings)
      return fail(errors::invalid_parameter_value_exception(
          fmt::format("Cannot provide a Payload for {} action.", update.action)));
    if (update.error && update.action != "FAIL" && update.action != "RETRY") {
      return fail(errors::invalid_parameter_value_exception(
          fmt::format("Cannot provide an Error for {} action.", update.action)));
    }
    if (update.error && update.payload)
      return fail(errors::invalid_parameter_value_exception(
          "Cannot provide both an Error and a Payload for RETRY action."));
    const auto misplaced = [&](std::string_view type, bool given, std::string_view options) {
      return given && update.type != type
                 ? fail(errors::invalid_parameter_value_exception(
                       fmt::format("Cannot provide {} for a {} operation.", options, update.type)))
                 : Status();
    };
    TRY_SYNC_VOID(misplaced(kContext, update.context_options.has_value(), "ContextOptions"));
    TRY_SYNC_VOID(misplaced(kStep, update.step_options.has_value(), "StepOptions"));
    TRY_SYNC_VOID(misplaced(kWait, update.wait_options.has_value(), "WaitOptions"));
    TRY_SYNC_VOID(misplaced(kCallback, update.callback_options.has_value(), "CallbackOptions"));
    TRY_SYNC_VOID(
        misplaced(kChainedInvoke, update.chained_invoke_options.has_value(), "ChainedInvokeOptions"));
    return {};
  }

  // What an operation is stays as its first update said; an absent member says nothing.
  Status check_metadata(const OperationUpdate& update) const {
    if (update.parent_id) {
      const auto parent = operations_.find(*update.parent_id);
      if (parent == operations_.end() || parent->second.type != kContext || *update.parent_id == update.id) {
        return fail(errors::invalid_parameter_value_exception("Invalid parent operation id."));
      }
    }
    const auto found = operations_.find(update.id);
    if (found == operations_.end()) return {};
    const OperationRecord& known = found->second;
    if (known.type != update.type)
      return fail(errors::invalid_parameter_value_exception("Inconsistent operation type."));
    if (update.sub_type && *update.sub_type != known.sub_type)
      return fail(errors::invalid_parameter_value_exception("Inconsistent operation subtype."));
    if (update.name && *update.name != known.name)
      return fail(errors::invalid_parameter_value_exception("Inconsistent operation name."));
    if (update.parent_id && *update.parent_id != known.parent_id)
      return fail(errors::invalid_parameter_value_exception("Inconsistent parent operation id."));
    return {};
  }

  Status take(const OperationUpdate& update, std::string_view what, std::string bytes,
              std::string_view direction, size_t bytes_max) {
    if (bytes.size() > bytes_max) {
      return fail(errors::invalid_parameter_value_exception(fmt::format(
          "{} {} payload size must be less than or equal to {} bytes.", update.type, direction, bytes_max)));
    }
    bytes_ += bytes.size();
    std::erase_if(done_.data,
                  [&](const DataWrite& one) { return one.operation == update.id && one.what == what; });
    done_.data.push_back({update.id, what, std::move(bytes)});
    return {};
  }

  Status take_error(const OperationUpdate& update, const DurableError& error) {
    TRY_SYNC_VOID(check_error_size(update.type, error));
    return take(update, kError, store::encode(error), "error", limits::kDurableErrorBytesMax + 65536);
  }

  OperationRecord& touch(const std::string& id) {
    if (std::ranges::find(changed_, id) == changed_.end()) changed_.push_back(id);
    return operations_[id];
  }

  OperationRecord& begin(const OperationUpdate& update) {
    OperationRecord& operation = touch(update.id);
    operation = {.id = update.id,
                 .type = update.type,
                 .status = std::string(kStarted),
                 .order = count_++,
                 .parent_id = update.parent_id.value_or(""),
                 .name = update.name.value_or(""),
                 .sub_type = update.sub_type.value_or(""),
                 .started = now_};
    return operation;
  }

  void tell(const OperationRecord& operation, std::string_view what, EventRecord event = {}) {
    event.type = event_type(operation.type, what);
    event.operation = operation.id;
    event.at = now_;
    event.attempt = operation.attempt;
    done_.events.push_back(std::move(event));
  }

  Status start(OperationUpdate update) {
    const auto found = operations_.find(update.id);
    if (found != operations_.end()) {
      if (update.type != kStep)
        return fail(errors::invalid_parameter_value_exception(
            fmt::format("Cannot start a {} that already exists.", update.type)));
      if (found->second.status != kReady)
        return fail(errors::invalid_parameter_value_exception("Invalid current STEP state to start."));
      OperationRecord& step = touch(update.id);
      step.status = kStarted;
      tell(step, "Started");
      return {};
    }
    TRY_SYNC_VOID(check_options(update));
    OperationRecord& operation = begin(update);
    if (update.type == kWait) {
      operation.seconds = *update.wait_options->wait_seconds;
      operation.due = now_ + seconds(operation.seconds);
    }
    if (update.type == kCallback) {
      const auto options = update.callback_options.value_or(api::lambda::CallbackOptions{});
      operation.seconds = options.timeout_seconds.value_or(0);
      operation.heartbeat_seconds = options.heartbeat_timeout_seconds.value_or(0);
      if (operation.seconds > 0) operation.due = now_ + seconds(operation.seconds);
      if (operation.heartbeat_seconds > 0)
        operation.heartbeat_due = now_ + seconds(operation.heartbeat_seconds);
      operation.secret = secret_();
    }
    if (update.type == kChainedInvoke) {
      const auto& options = *update.chained_invoke_options;
      operation.function = options.function_name;
      operation.tenant = options.tenant_id.value_or("");
      operation.trace = options.x_amzn_trace_id.value_or("");
      TRY_SYNC_VOID(take(update, kInput, std::move(update.payload).value_or("{}"), "input",
                         limits::kDurablePayloadBytesMax));
    }
    tell(operation, "Started");
    return {};
  }

  static Status check_options(const OperationUpdate& update) {
    const bool lacks =
        (update.type == kWait && !(update.wait_options && update.wait_options->wait_seconds)) ||
        (update.type == kChainedInvoke && !update.chained_invoke_options);
    if (!lacks) return {};
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("Invalid {}Options for the given action.", event_type(update.type, ""))));
  }

  // An operation that is being worked on by the function, or that it begins and ends at once.
  Result<OperationRecord*> open(const OperationUpdate& update, std::string_view purpose) {
    const auto found = operations_.find(update.id);
    if (found == operations_.end()) {
      tell(begin(update), "Started");
    } else if (found->second.status != kStarted && found->second.status != kReady) {
      return fail(errors::invalid_parameter_value_exception(
          fmt::format("Invalid current {} state to {}.", update.type, purpose)));
    }
    return &touch(update.id);
  }

  Status close(OperationUpdate update) {
    TRY_SYNC(OperationRecord * operation, open(update, "close"));
    const bool well = update.action == "SUCCEED";
    operation->has_result = well && update.payload.has_value();
    operation->has_error = !well;
    if (operation->has_result) {
      TRY_SYNC_VOID(
          take(update, kResult, *std::move(update.payload), "output", limits::kDurablePayloadBytesMax));
    }
    if (!well)
      TRY_SYNC_VOID(
          take_error(update, error_of(std::move(update.error).value_or(api::lambda::ErrorObject{}))));
    operation->status = well ? kSucceeded : kFailed;
    operation->ended = now_;
    operation->due.reset();
    if (update.type == kStep) ++operation->attempt;
    if (update.context_options)
      operation->replays_children = update.context_options->replay_children.value_or(false);
    tell(*operation, well ? "Succeeded" : "Failed");
    return {};
  }

  Status retry(OperationUpdate update) {
    if (!update.step_options || !update.step_options->next_attempt_delay_seconds) {
      return fail(errors::invalid_parameter_value_exception("Invalid StepOptions for the given action."));
    }
    TRY_SYNC(OperationRecord * step, open(update, "re-attempt"));
    EventRecord event{.delay_seconds = *update.step_options->next_attempt_delay_seconds};
    if (update.payload) {
      step->has_result = true;
      TRY_SYNC_VOID(
          take(update, kResult, *std::move(update.payload), "output", limits::kDurablePayloadBytesMax));
    }
    step->has_error = update.error.has_value();
    if (update.error) {
      event.error = error_of(*std::move(update.error));
      TRY_SYNC_VOID(take_error(update, *event.error));
      bytes_ += event.error->bytes();  // the event keeps it too
    }
    step->status = kPending;
    step->due = now_ + seconds(*event.delay_seconds);
    ++step->attempt;
    tell(*step, "Failed", std::move(event));
    return {};
  }

  Status cancel(const OperationUpdate& update) {
    const auto found = operations_.find(update.id);
    if (found == operations_.end() || found->second.ends()) {
      return fail(errors::invalid_parameter_value_exception(
          fmt::format("Cannot cancel a {} that does not exist or has already completed.", update.type)));
    }
    OperationRecord& operation = touch(update.id);
    operation.status = kCancelled;
    operation.ended = now_;
    operation.due.reset();
    operation.heartbeat_due.reset();
    // The history knows this kind of end of waits alone.
    if (update.type == kWait) tell(operation, "Cancelled");
    return {};
  }

  Status apply_execution(OperationUpdate update) {
    if (update.action == "FAIL") {
      DurableError error = error_of(std::move(update.error).value_or(api::lambda::ErrorObject{}));
      TRY_SYNC_VOID(check_error_size(kExecution, error));
      done_.ending = {.status = kFailed, .result = {}, .error = std::move(error)};
      return {};
    }
    const size_t bytes_max =
        execution_.synchronous ? limits::kDurableResultBytesMax : limits::kDurableAsyncResultBytesMax;
    if (update.payload.value_or("").size() > bytes_max) {
      return fail(errors::invalid_parameter_value_exception(
          fmt::format("EXECUTION output payload size must be less than or equal to {} bytes.", bytes_max)));
    }
    bytes_ += update.payload.value_or("").size();
    done_.ending = {.status = kSucceeded, .result = std::move(update.payload), .error = {}};
    return {};
  }

  void end_for(std::string limit) {
    done_.ending = {
        .status = kFailed,
        .result = {},
        .error = DurableError{.message = std::move(limit), .type = "ServiceQuotaExceededException"}};
  }

  const ExecutionRecord& execution_;
  Operations operations_;
  const TimePoint now_;
  const std::function<std::string()>& secret_;
  std::vector<std::string> changed_;
  int64_t count_;
  size_t bytes_ = 0;
  Checkpoint done_;
};

}  // namespace

DurableError error_of(api::lambda::ErrorObject error) {
  return {.message = std::move(error.error_message),
          .type = std::move(error.error_type),
          .data = std::move(error.error_data),
          .stack_trace = std::move(error.stack_trace)};
}

Status check_error_size(std::string_view what, const DurableError& error) {
  if (error.bytes() <= limits::kDurableErrorBytesMax) return {};
  return fail(errors::invalid_parameter_value_exception(fmt::format(
      "{} error payload size must be less than or equal to {} bytes.", what, limits::kDurableErrorBytesMax)));
}

Result<Checkpoint> apply_updates(const ExecutionRecord& execution, const Operations& known,
                                 std::vector<OperationUpdate> updates, TimePoint now,
                                 const std::function<std::string()>& secret) {
  Updates all(execution, known, now, secret);
  for (OperationUpdate& update : updates) TRY_SYNC_VOID(all.apply(std::move(update)));
  return std::move(all).finish();
}

}  // namespace hearth::services::lambda
