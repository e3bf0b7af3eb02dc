// Promise: your AWS code runs unchanged.
// A trace goes through a function as the caller began it.
#include "execution/trace.h"

#include <gtest/gtest.h>

namespace hearth::execution {
namespace {

constexpr TimePoint kNow = TimePoint(std::chrono::seconds(0x5759e988));
constexpr std::string_view kRoot = "1-5759e988-bd862e3fe1be46a994272793";

Trace joined(Tracer& tracer, std::string_view header, TimePoint now = kNow) {
  Trace trace = Trace::parse(header);
  tracer.join(trace, now, system_random());
  return trace;
}

TEST(TraceHeader, IsReadInAnyOrderAndKeepsTheFieldsOfOthers) {
  const Trace trace = Trace::parse(
      "Self=1-2-3; "
      "Sampled=1;Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1|b:2;Parent=53995c3f42cd8ad8");
  EXPECT_EQ(trace.root, kRoot);
  EXPECT_EQ(trace.parent, "53995c3f42cd8ad8");
  EXPECT_EQ(trace.sampled, true);
  EXPECT_EQ(trace.header(),
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1|b:2;"
            "Self=1-2-3");
}

TEST(TraceHeader, CountsWhatIsNotWellFormedAsAbsent) {
  for (const char* header :
       {"", ";", "=;==", "Root", "Root=1-5759e988", "Root=1-5759e988_bd862e3fe1be46a994272793",
        "Root=2-5759e988-bd862e3fe1be46a994272793", "Root=1-5759e98g-bd862e3fe1be46a994272793",
        "Parent=53995c3f42cd8ad", "Sampled=?", "Sampled=10"}) {
    const Trace trace = Trace::parse(header);
    EXPECT_EQ(trace.root + trace.parent, "") << header;
    EXPECT_FALSE(trace.sampled.has_value()) << header;
    EXPECT_EQ(trace.header(), "") << header;
  }
}

TEST(PassThrough, HandsTheCallersTraceOnAndSamplesNothingItself) {
  Tracer tracer(false);
  const Trace sent =
      joined(tracer, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
  EXPECT_EQ(sent.header(), "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
  EXPECT_FALSE(sent.recorded);

  const Trace made = joined(tracer, "");
  EXPECT_TRUE(made.root.starts_with("1-5759e988-")) << made.root;
  EXPECT_EQ(Trace::parse(made.header()).header(), made.header()) << "what is made is well formed";
  EXPECT_EQ(made.parent.size(), 16);
  EXPECT_EQ(made.sampled, false);
}

TEST(Active, RecordsASegmentBelowTheCallersOfWhatTheCallerSampled) {
  Tracer tracer(true);
  const Trace yes =
      joined(tracer, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
  EXPECT_TRUE(yes.recorded);
  EXPECT_EQ(yes.root, kRoot);
  EXPECT_NE(yes.parent, "53995c3f42cd8ad8");
  const Trace no =
      joined(tracer, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0");
  EXPECT_FALSE(no.recorded);
  EXPECT_EQ(no.parent, "53995c3f42cd8ad8");
}

TEST(Active, SamplesTheFirstOfASecondAndSomeOfTheRest) {
  Tracer tracer(true);
  EXPECT_TRUE(joined(tracer, "").recorded);
  int rest = 0;
  for (int i = 0; i < 10'000; ++i) rest += joined(tracer, "").recorded ? 1 : 0;
  EXPECT_GT(rest, 300);
  EXPECT_LT(rest, 800);
  EXPECT_TRUE(joined(tracer, "", kNow + std::chrono::seconds(1)).recorded);
}

}  // namespace
}  // namespace hearth::execution
