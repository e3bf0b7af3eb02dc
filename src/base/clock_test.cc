// Promise: timestamps have exactly the spelling that clients parse.
#include "base/clock.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Clock, SpellsTimesAsTheServicesDo) {
  const TimePoint time = from_epoch_ms(1769862896789);
  EXPECT_EQ(iso8601_ms(time), "2026-01-31T12:34:56.789Z");
  EXPECT_EQ(iso8601_seconds(time), "2026-01-31T12:34:56Z");
  EXPECT_EQ(lambda_timestamp(time), "2026-01-31T12:34:56.789+0000");
  EXPECT_EQ(http_date(time), "Sat, 31 Jan 2026 12:34:56 GMT");
  EXPECT_EQ(amz_basic_date(time), "20260131T123456Z");
  EXPECT_EQ(date_slashes(time), "2026/01/31");
  EXPECT_EQ(iso8601_ms(from_epoch_ms(-1)), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace hearth
