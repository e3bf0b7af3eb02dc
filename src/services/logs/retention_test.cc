// Promise: your AWS code runs unchanged. A group's retention is applied to its events.
#include "services/logs/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/logs/ingest.h"
#include "services/logs/testing.h"

namespace hearth::services::logs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr int64_t kNowMs = 1'800'000'000'000;

class RetentionTest : public LogsTest {
 protected:
  RetentionTest() { clock.set(kNowMs); }
  void expire() { ASSERT_TRUE(run(Retention(*store, clock).expire())); }
};

TEST_F(RetentionTest, events_older_than_the_retention_go_and_others_stay) {
  write("g", "s", kNowMs - 3 * kDayMs, "old");
  write("g", "s", kNowMs - kDayMs - 1, "a millisecond too old");
  write("g", "s", kNowMs - kDayMs, "just young enough");
  write("g", "s", kNowMs, "new");
  keep_days("g", 1);
  expire();
  EXPECT_THAT(messages("g"), ElementsAre("just young enough", "new"));
  EXPECT_EQ(stream("g", "s")->first_ms, kNowMs - kDayMs);
  EXPECT_EQ(stream("g", "s")->last_ms, kNowMs);
}

TEST_F(RetentionTest, a_stream_without_events_stays_and_keeps_only_when_it_was_written) {
  write("g", "s", kNowMs - 2 * kDayMs, "old");
  keep_days("g", 1);
  expire();
  EXPECT_THAT(messages("g"), IsEmpty());
  ASSERT_TRUE(stream("g", "s"));
  EXPECT_EQ(stream("g", "s")->first_ms, 0);
  EXPECT_EQ(stream("g", "s")->last_ms, 0);
  EXPECT_NE(stream("g", "s")->ingested_ms, 0);
}

TEST_F(RetentionTest, groups_without_retention_keep_everything) {
  write("g", "s", kNowMs - 4000 * kDayMs, "old");
  write("h", "s", kNowMs - 2 * kDayMs, "old");
  keep_days("h", 1);
  expire();
  EXPECT_THAT(messages("g"), ElementsAre("old"));
  EXPECT_EQ(stream("g", "s")->first_ms, kNowMs - 4000 * kDayMs);
  EXPECT_THAT(messages("h"), IsEmpty());
}

TEST_F(RetentionTest, every_account_and_region_has_its_turn) {
  for (const auto& [a, r] : {std::pair("1", "eu"), std::pair("1", "us"), std::pair("2", "eu")}) {
    account = a, region = r;
    write("g", "s", kNowMs - 2 * kDayMs, "old");
    keep_days("g", 1);
  }
  expire();
  for (const auto& [a, r] : {std::pair("1", "eu"), std::pair("1", "us"), std::pair("2", "eu")}) {
    account = a, region = r;
    EXPECT_THAT(messages("g"), IsEmpty()) << a << r;
  }
}

TEST_F(RetentionTest, more_streams_than_fit_a_transaction) {
  for (int i = 0; i < 501; ++i) write("g", std::to_string(i), kNowMs - 2 * kDayMs, "old");
  keep_days("g", 1);
  expire();
  for (int i = 0; i < 501; ++i) EXPECT_EQ(stream("g", std::to_string(i))->first_ms, 0) << i;
}

}  // namespace
}  // namespace hearth::services::logs
