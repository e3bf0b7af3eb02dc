// Promise: what was acknowledged is never lost. Lines are kept, or it is said how many were not.
#include "services/logs/ingest.h"

#include <gmock/gmock.h>

#include <map>

#include "io/task_scope.h"
#include "services/logs/testing.h"

namespace hearth::services::logs {
namespace {

using ::testing::ElementsAre;

class IngestTest : public LogsTest {
 protected:
  IngestTest() { clock.set(1'800'000'000'000); }
  void line(const std::string& stream, std::string text) {
    auto& writer = writers[stream];
    if (!writer) writer = ingest->open({account, region, "g", stream});
    writer->write(clock.now(), std::move(text));
  }
  void restart() {
    writers.clear();
    ingest.emplace(*store, clock);
  }

  std::optional<Ingest> ingest{std::in_place, *store, clock};
  std::map<std::string, std::unique_ptr<execution::LogWriter>> writers;
};

TEST_F(IngestTest, lines_of_the_same_moment_keep_their_order) {
  for (const char* text : {"one", "two", "three"}) line("s", text);
  ASSERT_TRUE(run(ingest->flush()));
  EXPECT_THAT(messages("g"), ElementsAre("one", "two", "three"));
  EXPECT_EQ(stream("g", "s")->first_ms, 1'800'000'000'000);
}

TEST_F(IngestTest, a_line_longer_than_a_row_stays_one) {
  const std::string text(200'000, 'x');
  line("s", text);
  line("s", "next");
  ASSERT_TRUE(run(ingest->flush()));
  EXPECT_THAT(messages("g"), ElementsAre(text, "next"));
}

TEST_F(IngestTest, what_does_not_fit_is_counted_in_the_stream_it_belongs_to) {
  const std::string text(1024 * 1024, 'x');
  for (size_t bytes = 0; bytes < Ingest::kWaitingBytesMax; bytes += text.size()) line("full", text);
  const uint64_t dropped_before = ingest->dropped();
  line("late", text);
  line("late", text);
  EXPECT_EQ(ingest->dropped(), dropped_before + 2);
  ASSERT_TRUE(run(ingest->flush()));
  EXPECT_EQ(messages("g").back(),
            "[WARN] 2 log lines were dropped: they came faster than they could be kept");
  line("late", "there is room again");
  ASSERT_TRUE(run(ingest->flush()));
  EXPECT_EQ(messages("g").back(), "there is room again");
}

TEST_F(IngestTest, a_run_that_is_cancelled_leaves_its_lines_to_the_flush) {
  for (int i = 0; i < 20; ++i) {
    io::TaskScope scope;
    auto begin = [&]() -> Task<void> {
      scope.spawn(ingest->run());
      line("s", std::to_string(i));
      // Long enough for the task to be at its commit, some of the times.
      co_await io::sleep_for(std::chrono::milliseconds(50) + std::chrono::microseconds(i * 50));
    };
    loop.run_until_done(begin());
    scope.cancel();
    ASSERT_TRUE(run(ingest->flush()));
    EXPECT_EQ(messages("g").size(), static_cast<size_t>(i + 1));
  }
}

TEST_F(IngestTest, what_is_forgotten_does_not_come_back) {
  line("old", "waits");
  ingest->forget();
  line("old", "comes later");
  line("new", "is another's");
  ASSERT_TRUE(run(ingest->flush()));
  EXPECT_THAT(messages("g"), ElementsAre("is another's"));
  EXPECT_FALSE(stream("g", "old"));
}

TEST_F(IngestTest, later_lives_number_their_lines_behind_the_earlier) {
  line("s", "first");
  ASSERT_TRUE(run(ingest->flush()));
  const uint64_t before = ingest->next_number();
  clock.set(1'800'000'000'001);
  restart();
  EXPECT_GT(ingest->next_number(), before);
}

}  // namespace
}  // namespace hearth::services::logs
