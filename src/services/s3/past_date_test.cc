// Promise: your AWS code runs unchanged: what S3 says of a date that is past.
#include "services/s3/past_date.h"

#include <gtest/gtest.h>

namespace hearth::services::s3 {
namespace {

TimePoint at(int year, unsigned month, unsigned day, int hour) {
  return TimePoint(std::chrono::sys_days(std::chrono::year(year) / month / day)) + std::chrono::hours(hour);
}

TEST(PastDate, IsToldAsTheServicesClocksShowIt) {
  EXPECT_EQ(pacific_text(at(2020, 1, 1, 0)), "Tue Dec 31 16:00:00 PST 2019");
  EXPECT_EQ(pacific_text(at(2020, 7, 1, 0)), "Tue Jun 30 17:00:00 PDT 2020");
}

TEST(PastDate, SummerBeginsAndEndsAtTwo) {
  EXPECT_EQ(pacific_text(at(2021, 3, 14, 9)), "Sun Mar 14 01:00:00 PST 2021");
  EXPECT_EQ(pacific_text(at(2021, 3, 14, 10)), "Sun Mar 14 03:00:00 PDT 2021");
  EXPECT_EQ(pacific_text(at(2021, 11, 7, 8)), "Sun Nov 07 01:00:00 PDT 2021");
  EXPECT_EQ(pacific_text(at(2021, 11, 7, 9)), "Sun Nov 07 01:00:00 PST 2021");
}

}  // namespace
}  // namespace hearth::services::s3
