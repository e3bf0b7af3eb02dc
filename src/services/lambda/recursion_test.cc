// Promise: your AWS code runs unchanged.
// A trace counts its passes through each function by itself.
#include "services/lambda/recursion.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

const FunctionRef kOne{"000000000000", "eu-west-1", "one", ""};
const FunctionRef kOther{"000000000000", "eu-west-1", "other", ""};

TEST(Lineage, CountsEachFunctionByItselfAndStopsAfterSixteen) {
  execution::Trace trace;
  EXPECT_TRUE(pass(trace, kOther, false));
  for (int count = 1; count <= kPassesMax; ++count) {
    EXPECT_TRUE(pass(trace, kOne, false)) << count;
    EXPECT_EQ(passes_of(trace, kOne), count);
  }
  const Status stopped = pass(trace, kOne, false);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "RecursiveInvocationException");
  EXPECT_TRUE(pass(trace, kOne, true)) << "it is meant";
  EXPECT_FALSE(pass(trace, kOne, false)) << "and is counted still";
  EXPECT_TRUE(pass(trace, kOther, false));
  EXPECT_EQ(passes_of(trace, kOther), 2);
  EXPECT_EQ(std::ranges::count(trace.lineage, '|'), 1);
}

TEST(Lineage, OfOthersIsKeptWhateverItIs) {
  for (const char* lineage : {"|", ":", "x:|:0", "99999999999999999999:0123abcd:0", "-1:0123abcd:0"}) {
    execution::Trace trace{.lineage = lineage};
    EXPECT_TRUE(pass(trace, kOne, false)) << lineage;
    EXPECT_TRUE(trace.lineage.starts_with(lineage)) << trace.lineage;
    EXPECT_EQ(passes_of(trace, kOne), 1) << trace.lineage;
  }
}

TEST(Lineage, ACountThatIsNoneIsNought) {
  execution::Trace trace;
  EXPECT_TRUE(pass(trace, kOne, false));
  trace.lineage.replace(0, 1, "-7");
  EXPECT_EQ(passes_of(trace, kOne), 0);
  EXPECT_TRUE(pass(trace, kOne, false));
  EXPECT_EQ(passes_of(trace, kOne), 1);
}

}  // namespace
}  // namespace hearth::services::lambda
