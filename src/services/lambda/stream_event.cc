#include "services/lambda/stream_event.h"

#include <fmt/format.h>

#include "base/json.h"
#include "services/lambda/queue_event.h"

namespace hearth::services::lambda {
namespace {

std::string records_of(StreamBatch::Records records) {
  std::string text = R"("Records":[)";
  for (size_t i = 0; i < records.size(); ++i) {
    if (i > 0) text += ',';
    text += to_text(records[i].event);
  }
  return text + "]";
}

std::string_view bool_text(bool value) {
  return value ? "true" : "false";
}

}  // namespace

StreamWindow StreamWindow::around(TimePoint time, std::chrono::seconds length) {
  const auto since = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  return {.begin = TimePoint(since - since % length), .length = length};
}

std::string stream_event(StreamBatch::Records records) {
  return "{" + records_of(records) + "}";
}

std::string stream_event(StreamBatch::Records records, const WindowEvent& event) {
  const StreamWindow& window = event.window;
  const json::object times{{"start", iso8601_seconds(window.begin)}, {"end", iso8601_seconds(window.end())}};
  return fmt::format(
      R"({{{},"window":{},"state":{},"shardId":{},"eventSourceARN":{},"isFinalInvokeForWindow":{},"isWindowTerminatedEarly":{}}})",
      records_of(records), to_text(times), window.state, to_text(json::value(event.shard)),
      to_text(json::value(event.source_arn)), bool_text(event.is_final), bool_text(event.is_early));
}

size_t first_failure(std::string_view answer, StreamBatch::Records records) {
  std::set<std::string> ids;
  for (const delivery::StreamRecord& record : records) ids.insert(record.sequence_number);
  const auto failed = reported_failures(answer, ids);
  if (!failed) return 0;
  size_t first = 0;
  while (first < records.size() && !failed->contains(records[first].sequence_number)) ++first;
  return first;
}

std::string state_in(std::string_view answer) {
  const auto document = parse_json(answer);
  const json::object* object = document ? document->if_object() : nullptr;
  const json::value* state = object ? object->if_contains("state") : nullptr;
  return state && !state->is_null() ? to_text(*state) : "{}";
}

}  // namespace hearth::services::lambda
