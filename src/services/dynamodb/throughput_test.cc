// Promise: a table is read and written as fast as was provisioned for it, in bursts of five minutes' units,
// and no faster.
#include "services/dynamodb/throughput.h"

#include <gtest/gtest.h>

namespace hearth::services::dynamodb {
namespace {

using std::chrono::seconds;

class SetClock final : public Clock {
 public:
  TimePoint now() const override { return {}; }
  SteadyTime steady_now() const override { return time_; }
  void advance(seconds by) { time_ += by; }

 private:
  SteadyTime time_{};
};

struct ThroughputTest : testing::Test {
  SetClock clock;
  Throughput throughput{clock};
  Table table{.ref = {.account = "000000000000", .region = "eu-west-1", .name = "table"},
              .record = {.number = 1,
                         .indexes = {{.name = "global", .number = 2, .throughput = {.read = 1, .write = 1}},
                                     {.name = "local", .number = 3, .local = true}},
                         .throughput = {.read = 10, .write = 2}}};

  std::string asked(Access access, const Units& units = kSomeUnits) {
    const auto admitted = throughput.admit(table, access, units);
    return admitted ? "admitted" : admitted.error().code;
  }
  std::string reason(const Units& units) {
    return throughput.admit(table, Access::kWrite, units).error().extra.at(0).second;
  }
};

constexpr const char* kExceeded = "ProvisionedThroughputExceededException";

TEST_F(ThroughputTest, a_burst_is_what_comes_in_five_minutes_and_then_the_rate_counts) {
  for (int at = 0; at < 600; ++at) {
    ASSERT_EQ(asked(Access::kWrite), "admitted") << at;
    throughput.charge(table, Access::kWrite, {.table = 1});
  }
  EXPECT_EQ(asked(Access::kWrite), kExceeded);
  EXPECT_EQ(asked(Access::kRead), "admitted");
  clock.advance(seconds(3));
  for (int at = 0; at < 6; ++at) {
    ASSERT_EQ(asked(Access::kWrite), "admitted") << at;
    throughput.charge(table, Access::kWrite, {.table = 1});
  }
  EXPECT_EQ(asked(Access::kWrite), kExceeded);
  clock.advance(seconds(100'000));
  throughput.charge(table, Access::kWrite, {.table = 600});
  EXPECT_EQ(asked(Access::kWrite), kExceeded) << "what comes unused for longer is lost";
}

TEST_F(ThroughputTest, a_debt_is_paid_first_and_is_no_more_than_a_burst) {
  throughput.charge(table, Access::kWrite, {.table = 604});
  clock.advance(seconds(2));
  EXPECT_EQ(asked(Access::kWrite), kExceeded);
  clock.advance(seconds(1));
  EXPECT_EQ(asked(Access::kWrite), "admitted");
  throughput.charge(table, Access::kWrite, {.table = 1'000'000});
  clock.advance(seconds(300));
  EXPECT_EQ(asked(Access::kWrite), kExceeded);
  clock.advance(seconds(1));
  EXPECT_EQ(asked(Access::kWrite), "admitted");
}

TEST_F(ThroughputTest, global_indexes_have_buckets_of_their_own_and_local_ones_their_tables) {
  throughput.charge(table, Access::kWrite, {.table = 1, .indexes = {{"global", 300}}});
  EXPECT_EQ(asked(Access::kWrite), "admitted");
  EXPECT_EQ(asked(Access::kWrite, {.table = 1, .indexes = {{"global", 1}}}), kExceeded);
  EXPECT_EQ(reason({.table = 1, .indexes = {{"global", 1}}}),
            R"([{"reason":"IndexWriteProvisionedThroughputExceeded",)"
            R"("resource":"arn:aws:dynamodb:eu-west-1:000000000000:table/table/index/global"}])");
  throughput.charge(table, Access::kWrite, {.indexes = {{"local", 599}}});
  EXPECT_EQ(asked(Access::kWrite), kExceeded);
  EXPECT_EQ(reason(kSomeUnits), R"([{"reason":"TableWriteProvisionedThroughputExceeded",)"
                                R"("resource":"arn:aws:dynamodb:eu-west-1:000000000000:table/table"}])");
}

TEST_F(ThroughputTest, a_change_of_the_table_counts_at_once) {
  throughput.charge(table, Access::kWrite, {.table = 600});
  EXPECT_EQ(asked(Access::kWrite), kExceeded);
  table.record.on_demand = true;
  EXPECT_EQ(asked(Access::kWrite), "admitted");
  table.record.throughput.write_max = 4;
  EXPECT_EQ(asked(Access::kWrite), "ThrottlingException");
  clock.advance(seconds(1));
  EXPECT_EQ(asked(Access::kWrite), "admitted");
  throughput.charge(table, Access::kWrite, {.table = 4});
  EXPECT_EQ(asked(Access::kWrite), "ThrottlingException");
}

TEST_F(ThroughputTest, a_bill_that_is_not_kept_is_given_back) {
  {
    Bill bill(throughput);
    bill.charge(table, {.table = 600});
    EXPECT_EQ(asked(Access::kWrite), kExceeded);
    bill.begin();
    EXPECT_EQ(asked(Access::kWrite), "admitted");
    bill.charge(table, {.table = 600, .indexes = {{"global", 300}}});
  }
  EXPECT_EQ(asked(Access::kWrite, {.table = 1, .indexes = {{"global", 1}}}), "admitted");
  Bill bill(throughput);
  bill.charge(table, {.table = 600});
  bill.keep();
  bill.begin();
  EXPECT_EQ(asked(Access::kWrite), kExceeded);
}

TEST_F(ThroughputTest, buckets_that_are_full_again_are_forgotten_and_others_are_not) {
  throughput.charge(table, Access::kWrite, {.table = 600});
  for (uint64_t number = 10; number < 5000; ++number) {
    Table other = table;
    other.record.number = number;
    throughput.charge(other, Access::kWrite, {.table = 1});
    if (number % 1000 == 0) clock.advance(seconds(1));
    throughput.charge(table, Access::kWrite, {.table = 1});
  }
  EXPECT_EQ(asked(Access::kWrite), kExceeded);
}

}  // namespace
}  // namespace hearth::services::dynamodb
