#include <cstdlib>

#include "base/json.h"
#include "services/lambda/stream_event.h"

// What a function answers for a batch of three records, and the state that it hands on.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::services::lambda;  // NOLINT: a test's
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  std::vector<hearth::delivery::StreamRecord> records;
  for (const char* number : {"1", "2", "3"}) records.push_back({.sequence_number = number});
  if (first_failure(answer, records) > records.size()) std::abort();
  StreamWindow window = StreamWindow::around({}, std::chrono::seconds(60));
  window.state = state_in(answer);
  // Whatever it was, the next event is a document.
  if (!hearth::check_json(stream_event(records, {.window = window, .shard = "s", .source_arn = "a"})))
    std::abort();
  return 0;
}
