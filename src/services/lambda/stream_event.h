// What records of a stream are to a function, and what its answer says. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "services/lambda/stream_batch.h"

namespace hearth::services::lambda {

// A tumbling window: records that arrived in the same stretch of time, whose state is handed from each invoke
// to the next.
struct StreamWindow {
  TimePoint begin;
  std::chrono::seconds length;
  std::string state = "{}";  // JSON

  TimePoint end() const { return begin + length; }
  bool has(TimePoint time) const { return begin <= time && time < end(); }
  static StreamWindow around(TimePoint time, std::chrono::seconds length);
};

struct WindowEvent {
  const StreamWindow& window;
  std::string shard;
  std::string source_arn;
  bool is_final = false;
  bool is_early = false;  // its state grew too large
};

// {"Records": [...]}
std::string stream_event(StreamBatch::Records records);
std::string stream_event(StreamBatch::Records records, const WindowEvent& window);

// The first record that a function reports as failed (ReportBatchItemFailures): the number of records when
// there is none, and 0 when the answer cannot be understood.
size_t first_failure(std::string_view answer, StreamBatch::Records records);

// The state that an answer hands on, as JSON; "{}" when it has none.
std::string state_in(std::string_view answer);

}  // namespace hearth::services::lambda
