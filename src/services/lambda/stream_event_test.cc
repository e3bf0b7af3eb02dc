// Promise: your AWS code runs unchanged: what a function gets of a stream, and how its answer is understood.
#include "services/lambda/stream_event.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace hearth::services::lambda {
namespace {

std::vector<delivery::StreamRecord> three() {
  std::vector<delivery::StreamRecord> records;
  for (const char* number : {"7", "8", "9"})
    records.push_back({.sequence_number = number, .event = {{"number", number}}});
  return records;
}

TEST(StreamEvents, AreRecordsAndPerhapsAWindow) {
  EXPECT_EQ(stream_event(three()), R"({"Records":[{"number":"7"},{"number":"8"},{"number":"9"}]})");
  const StreamWindow window =
      StreamWindow::around(from_epoch_ms(1'700'000'059'999), std::chrono::seconds(60));
  EXPECT_EQ(
      stream_event({}, {.window = window, .shard = "s", .source_arn = "a", .is_final = true}),
      R"({"Records":[],"window":{"start":"2023-11-14T22:14:00Z","end":"2023-11-14T22:15:00Z"},"state":{},)"
      R"("shardId":"s","eventSourceARN":"a","isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false})");
}

TEST(StreamEvents, WindowsStandSideBySide) {
  const StreamWindow window = StreamWindow::around(from_epoch_ms(10'500), std::chrono::seconds(5));
  EXPECT_TRUE(window.has(from_epoch_ms(10'000)));
  EXPECT_TRUE(window.has(from_epoch_ms(14'999)));
  EXPECT_FALSE(window.has(from_epoch_ms(15'000)));
  EXPECT_FALSE(window.has(from_epoch_ms(9'999)));
}

TEST(StreamAnswers, TheFirstFailureCounts) {
  const auto failed = [](std::string_view answer) { return first_failure(answer, three()); };
  for (const char* all_well :
       {"", "null", "{}", "\"\"", R"({"batchItemFailures":[]})", R"({"batchItemFailures":null})"})
    EXPECT_EQ(failed(all_well), 3u) << all_well;
  for (const char* all_failed :
       {"no", "[]", R"({"batchItemFailures":[{"itemIdentifier":"5"}]})",
        R"({"batchItemFailures":[{"itemIdentifier":""}]})",
        R"({"batchItemFailures":[{"itemIdentifier":null}]})", R"({"batchItemFailures":[{"item":"7"}]})"})
    EXPECT_EQ(failed(all_failed), 0u) << all_failed;
  EXPECT_EQ(failed(R"({"batchItemFailures":[{"itemIdentifier":"9"},{"itemIdentifier":"8"}]})"), 1u);
}

TEST(StreamAnswers, AStateIsHandedOn) {
  EXPECT_EQ(state_in(R"({"state":{"a":[1,2.5]}})"), R"({"a":[1,2.5]})");
  for (const char* none : {"", "null", "{}", R"({"state":null})", "no"})
    EXPECT_EQ(state_in(none), "{}") << none;
}

}  // namespace
}  // namespace hearth::services::lambda
