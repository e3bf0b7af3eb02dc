#include "services/lambda/invoke_events.h"

#include "base/encoding.h"
#include "base/json.h"
#include "wire/event_stream.h"

namespace hearth::services::lambda {
namespace {

std::string payload_chunk(std::string_view bytes) {
  return wire::event_message("PayloadChunk", "application/octet-stream", bytes);
}

}  // namespace

std::string last_events(const execution::Outcome& outcome) {
  std::string events;
  json::object end;
  if (outcome.platform_error) {
    end.emplace("ErrorCode", "ServiceException");
    end.emplace("ErrorDetails", *outcome.platform_error);
  } else if (outcome.function_error) {
    end.emplace("ErrorCode", "Unhandled");
    end.emplace("ErrorDetails", outcome.payload);
  } else if (!outcome.payload.empty()) {
    events = payload_chunk(outcome.payload);
  }
  if (!outcome.log_tail.empty()) end.emplace("LogResult", base64_encode(outcome.log_tail));
  return events + wire::event_message("InvokeComplete", "application/json", to_text(end));
}

Async<std::string> InvokeEvents::read() {
  TRY(const std::string piece, co_await bytes_->read());
  if (!piece.empty()) co_return payload_chunk(piece);
  if (std::exchange(complete_, true)) co_return std::string();
  const auto outcome = co_await outcome_;
  co_return last_events(outcome);
}

}  // namespace hearth::services::lambda
