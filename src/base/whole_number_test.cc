// Promise: your AWS code runs unchanged: what is no number is refused and not read as far as it goes.
#include "base/whole_number.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(WholeNumber, IsAllOfTheText) {
  EXPECT_EQ(whole_number<int>("-12"), -12);
  EXPECT_EQ(whole_number<uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(whole_number<int>("ff", 16), 255);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "a", "99999999999"}) {
    EXPECT_EQ(whole_number<int>(text), std::nullopt) << text;
  }
  EXPECT_EQ(whole_number<uint64_t>("-1"), std::nullopt);
}

}  // namespace
}  // namespace hearth
