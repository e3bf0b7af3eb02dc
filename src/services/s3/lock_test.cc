// Promise: what was acknowledged is never lost.
// A lock is lifted by time and by those who may, and by nothing else.
#include "services/s3/lock.h"

#include <gtest/gtest.h>

namespace hearth::services::s3 {
namespace {

using std::chrono::days;

constexpr TimePoint kNow{std::chrono::sys_days(std::chrono::year(2028) / 2 / 29)};

LockRecord until(LockMode mode, days left) {
  return {.mode = mode, .until = kNow + left};
}

TEST(Lock, HoldsUntilItsDateAndGovernanceForSomeOnly) {
  EXPECT_TRUE(is_locked(until(LockMode::kGovernance, days(1)), kNow));
  EXPECT_FALSE(is_locked(until(LockMode::kGovernance, days(1)), kNow, Bypass::kGovernance));
  EXPECT_TRUE(is_locked(until(LockMode::kCompliance, days(1)), kNow, Bypass::kGovernance));
  EXPECT_FALSE(is_locked(until(LockMode::kCompliance, days(0)), kNow));
  EXPECT_FALSE(is_locked({}, kNow));
}

TEST(Lock, AHoldIsNeverBypassed) {
  EXPECT_TRUE(is_locked({.hold = true}, kNow, Bypass::kGovernance));
}

TEST(Lock, RetentionBecomesOnlyStronger) {
  const auto may = [](LockRecord from, LockRecord to, Bypass bypass = Bypass::kNothing) {
    return check_retention(from, to, kNow, bypass).has_value();
  };
  const LockRecord governed = until(LockMode::kGovernance, days(5)),
                   complied = until(LockMode::kCompliance, days(5));
  EXPECT_TRUE(may(governed, until(LockMode::kGovernance, days(6))));
  EXPECT_TRUE(may(governed, complied));
  EXPECT_FALSE(may(governed, until(LockMode::kGovernance, days(4))));
  EXPECT_FALSE(may(governed, {}));
  EXPECT_TRUE(may(governed, {}, Bypass::kGovernance));
  EXPECT_TRUE(may(complied, until(LockMode::kCompliance, days(6))));
  EXPECT_FALSE(may(complied, until(LockMode::kCompliance, days(4)), Bypass::kGovernance));
  EXPECT_FALSE(may(complied, until(LockMode::kGovernance, days(9)), Bypass::kGovernance));
  EXPECT_FALSE(may(complied, {}, Bypass::kGovernance));
  // What has ended binds nobody.
  EXPECT_TRUE(may(until(LockMode::kCompliance, days(-1)), {}));
}

TEST(Lock, TheBucketsRetentionIsOfDaysOrYears) {
  BucketRecord bucket{.object_lock = true, .retention = {.mode = LockMode::kGovernance, .days = 10}};
  EXPECT_EQ(usual_lock(bucket, {}, kNow), until(LockMode::kGovernance, days(10)));
  const LockRecord own = until(LockMode::kCompliance, days(1));
  EXPECT_EQ(usual_lock(bucket, own, kNow), own);
  bucket.retention = {.mode = LockMode::kCompliance, .years = 1};  // a day that the next year has not
  EXPECT_EQ(usual_lock(bucket, {.hold = true}, kNow),
            (LockRecord{.mode = LockMode::kCompliance,
                        .until = TimePoint(std::chrono::sys_days(std::chrono::year(2029) / 2 / 28)),
                        .hold = true}));
}

}  // namespace
}  // namespace hearth::services::s3
