#include "services/lambda/durable/state.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/unless_empty.h"
#include "base/whole_number.h"
#include "services/lambda/records.h"
#include "wire/document.h"

namespace hearth::services::lambda {
namespace {

using api::lambda::Operation;

// Whether a context around it has ended, so that nobody looks inside any more.
bool is_hidden(const OperationRecord& operation, const Operations& all) {
  for (const OperationRecord* one = &operation; !one->parent_id.empty();) {
    const auto parent = all.find(one->parent_id);
    if (parent == all.end()) return false;
    one = &parent->second;
    if (one->ends() && !one->replays_children) return true;
  }
  return false;
}

std::vector<OperationRecord> visible(const Operations& all) {
  std::vector<OperationRecord> shown;
  for (const auto& [id, operation] : all) {
    if (!is_hidden(operation, all)) shown.push_back(operation);
  }
  std::ranges::sort(shown, {}, &OperationRecord::order);
  return shown;
}

Result<int64_t> position_of(const std::string& marker) {
  if (marker.empty()) return -1;
  const auto position = whole_number<int64_t>(base64_decode(marker).value_or(""));
  if (!position || *position < -1) {
    return fail(api::lambda::errors::invalid_parameter_value_exception("Invalid Marker"));
  }
  return *position;
}

OperationRecord itself(const DurableExecution& execution) {
  return {.id = execution.ref().id,
          .type = std::string(kExecution),
          .status = std::string(kStarted),
          .order = -1,
          .started = execution.record.started};
}

// Functions are told times in milliseconds.
void in_milliseconds(json::object& object) {
  for (auto& [name, value] : object) {
    if (value.is_object()) {
      in_milliseconds(value.get_object());
    } else if (std::string_view(name).ends_with("Timestamp")) {
      if (const auto time = wire::document_time(value)) value = epoch_ms(*time);
    }
  }
}

}  // namespace

api::lambda::ErrorObject describe_error(const DurableError& error) {
  return {.error_message = error.message,
          .error_type = error.type,
          .error_data = error.data,
          .stack_trace = error.stack_trace};
}

Async<Operation> describe_operation(DurableExecution& execution, OperationRecord record) {
  Operation out{.id = record.id,
                .parent_id = unless_empty(record.parent_id),
                .name = unless_empty(record.name),
                .type = record.type,
                .sub_type = unless_empty(record.sub_type),
                .start_timestamp = record.started,
                .end_timestamp = record.ended,
                .status = record.status};
  std::optional<std::string> result;
  std::optional<api::lambda::ErrorObject> error;
  if (record.has_result) {
    TRY(result, co_await execution.data(record.id, kResult));
  }
  if (record.has_error) {
    TRY(const auto stored, co_await execution.error(record.id));
    if (stored) error = describe_error(*stored);
  }
  if (record.type == kExecution) {
    TRY(auto input, co_await execution.data(record.id, kInput));
    out.execution_details.emplace().input_payload = std::move(input);
  } else if (record.type == kContext) {
    auto& details = out.context_details.emplace();
    if (record.replays_children) details.replay_children = true;
    details.result = std::move(result);
    details.error = std::move(error);
  } else if (record.type == kStep) {
    auto& details = out.step_details.emplace();
    details.attempt = static_cast<int32_t>(record.attempt);
    if (record.status == kPending) details.next_attempt_timestamp = record.due;
    details.result = std::move(result);
    details.error = std::move(error);
  } else if (record.type == kWait) {
    out.wait_details.emplace().scheduled_end_timestamp =
        record.started + std::chrono::seconds(record.seconds);
  } else if (record.type == kCallback) {
    auto& details = out.callback_details.emplace();
    details.callback_id = CallbackId{execution.ref().arn(), record.id, record.secret}.text();
    details.result = std::move(result);
    details.error = std::move(error);
  } else {
    auto& details = out.chained_invoke_details.emplace();
    details.result = std::move(result);
    details.error = std::move(error);
  }
  co_return out;
}

size_t bytes_of(const Operation& operation) {
  constexpr size_t kRest = 512;
  const auto text = [](const std::optional<std::string>& value) { return value.value_or("").size(); };
  const auto failure = [&](const std::optional<api::lambda::ErrorObject>& error) {
    if (!error) return size_t{0};
    size_t sum = text(error->error_message) + text(error->error_type) + text(error->error_data);
    for (const std::string& line : error->stack_trace.value_or(std::vector<std::string>()))
      sum += line.size();
    return sum;
  };
  const auto both = [&](const auto& details) {
    return details ? text(details->result) + failure(details->error) : size_t{0};
  };
  return kRest + text(operation.name) + both(operation.context_details) + both(operation.step_details) +
         both(operation.callback_details) + both(operation.chained_invoke_details) +
         (operation.execution_details ? text(operation.execution_details->input_payload) : 0);
}

Async<StatePage> state_page(DurableExecution& execution, StateOptions options) {
  TRY(const int64_t from, position_of(options.marker));
  TRY(const Operations all, co_await execution.operations());
  std::vector<OperationRecord> shown = visible(all);
  shown.insert(shown.begin(), itself(execution));
  std::erase_if(shown, [&](const OperationRecord& one) { return one.order < from; });
  StatePage page;
  size_t bytes = 0;
  for (OperationRecord& record : shown) {
    const int64_t order = record.order;
    TRY(Operation operation, co_await describe_operation(execution, std::move(record)));
    bytes += bytes_of(operation);
    const bool fits = bytes <= options.bytes_max || (page.operations.empty() && !options.may_be_empty);
    if (!fits || page.operations.size() >= options.items_max) {
      page.next_marker = base64_encode(std::to_string(order));
      break;
    }
    page.operations.push_back(std::move(operation));
  }
  co_return page;
}

std::string invocation_payload(const std::string& execution_arn, const std::string& token, StatePage page,
                               const std::vector<std::string>& updated) {
  json::array operations;
  for (Operation& operation : page.operations) {
    json::object document = wire::to_document(std::move(operation)).document;
    in_milliseconds(document);
    operations.push_back(std::move(document));
  }
  return to_text(json::object{{"DurableExecutionArn", execution_arn},
                              {"CheckpointToken", token},
                              {"InitialExecutionState", json::object{{"Operations", std::move(operations)},
                                                                     {"NextMarker", page.next_marker}}},
                              {"UpdatedOperationIds", json::value_from(updated)}});
}

}  // namespace hearth::services::lambda
