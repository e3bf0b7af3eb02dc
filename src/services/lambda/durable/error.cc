#include "services/lambda/durable/error.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"

namespace hearth::services::lambda {
namespace {

constexpr size_t kPayloadShownMax = 1024;

std::unexpected<Error> invalid_output(std::string message) {
  return fail("InvalidOutput", std::move(message));
}

std::optional<std::string> text_of(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::vector<std::string>> lines_of(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  if (!value || !value->is_array()) return std::nullopt;
  std::vector<std::string> lines;
  for (const json::value& line : value->get_array()) {
    lines.push_back(line.is_string() ? std::string(line.get_string()) : to_text(line));
  }
  return lines;
}

bool given(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  return value && !value->is_null();
}

}  // namespace

std::string event_type(std::string_view type, std::string_view what) {
  std::string text;
  bool upper = true;
  for (const char c : type) {
    if (c != '_') text += upper ? c : static_cast<char>(c - 'A' + 'a');
    upper = c == '_';
  }
  return text.append(what);
}

execution::Outcome outcome_of(const Ending& ending, std::string version) {
  execution::Outcome outcome{.content_type = "application/json", .executed_version = std::move(version)};
  if (ending.status == kSucceeded) {
    outcome.payload = ending.result.value_or("");
    return outcome;
  }
  DurableError error = ending.error.value_or(DurableError{});
  if (!error.message && ending.status != kFailed) {
    error.message =
        ending.status == kStopped ? "The durable execution was stopped." : "The durable execution timed out.";
  }
  json::object body;
  if (error.message) body["errorMessage"] = *error.message;
  if (error.type) body["errorType"] = *error.type;
  if (error.data) body["errorData"] = *error.data;
  if (error.stack_trace) body["stackTrace"] = json::value_from(*error.stack_trace);
  outcome.function_error = true;
  outcome.error_type = error.type.value_or("");
  outcome.payload = to_text(body);
  return outcome;
}

Result<std::optional<Ending>> ending_of_answer(const std::string& payload, size_t result_bytes_max) {
  const auto parsed = parse_json(payload);
  if (!parsed || !parsed->is_object()) return invalid_output("Invalid invocation output.");
  const json::object& answer = parsed->get_object();
  const std::string status = text_of(answer, "Status").value_or("");
  if (given(answer, "Result") && !text_of(answer, "Result"))
    return invalid_output("Invalid invocation output.");
  if (given(answer, "Error") && !answer.at("Error").is_object())
    return invalid_output("Invalid invocation output.");
  if (status == kPending) {
    if (given(answer, "Result")) return invalid_output("Cannot provide a Result for PENDING status.");
    if (given(answer, "Error")) return invalid_output("Cannot provide an Error for PENDING status.");
    return std::optional<Ending>();
  }
  if (status == kSucceeded) {
    if (given(answer, "Error")) return invalid_output("Cannot provide an Error for SUCCEEDED status.");
    auto result = text_of(answer, "Result");
    if (result.value_or("").size() > result_bytes_max) {
      return invalid_output(fmt::format(
          "EXECUTION output payload size must be less than or equal to {} bytes.", result_bytes_max));
    }
    return Ending{.status = kSucceeded, .result = std::move(result), .error = {}};
  }
  if (status != kFailed) return invalid_output("Invalid Status in invocation output.");
  if (given(answer, "Result")) return invalid_output("Cannot provide a Result for FAILED status.");
  DurableError error;
  if (given(answer, "Error")) {
    const json::object& told = answer.at("Error").get_object();
    error = {.message = text_of(told, "ErrorMessage"),
             .type = text_of(told, "ErrorType"),
             .data = text_of(told, "ErrorData"),
             .stack_trace = lines_of(told, "StackTrace")};
  }
  if (const Status fits = check_error_size(kExecution, error); !fits)
    return invalid_output(fits.error().message);
  return Ending{.status = kFailed, .result = {}, .error = std::move(error)};
}

DurableError error_of_payload(const std::string& payload) {
  const auto parsed = parse_json(payload);
  if (!parsed || !parsed->is_object()) {
    const bool shown = payload.size() <= kPayloadShownMax && is_utf8(payload);
    return {.message = shown ? payload : std::string("The invocation failed.")};
  }
  const json::object& told = parsed->get_object();
  DurableError error{.message = text_of(told, "errorMessage"),
                     .type = text_of(told, "errorType"),
                     .data = {},
                     .stack_trace = lines_of(told, "stackTrace")};
  if (!error.stack_trace) error.stack_trace = lines_of(told, "trace");
  if (!check_error_size(kExecution, error)) error = {.message = "The invocation failed.", .type = error.type};
  return error;
}

}  // namespace hearth::services::lambda
