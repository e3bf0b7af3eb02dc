// Promise: your AWS code runs unchanged: what Kinesis says is said in its words.
#include "services/kinesis/presentation.h"

#include <gtest/gtest.h>

namespace hearth::services::kinesis {
namespace {

TEST(Presentation, ErrorsTellTimesAsJavaDoes) {
  EXPECT_EQ(told_time(TimePoint(std::chrono::seconds(1'769'862'896))), "Sat Jan 31 12:34:56 UTC 2026");
}

}  // namespace
}  // namespace hearth::services::kinesis
