// Promise: a reader gets the bytes that it asked for, and is told which ones they are.
#include "io/byte_range.h"

#include <gtest/gtest.h>

namespace hearth::io {
namespace {

TEST(ByteRange, ReadsTheThreeForms) {
  EXPECT_EQ(parse_range("bytes=0-9", 100), (ByteRange{0, 10}));
  EXPECT_EQ(parse_range("bytes=90-", 100), (ByteRange{90, 10}));
  EXPECT_EQ(parse_range("bytes=-5", 100), (ByteRange{95, 5}));
}

TEST(ByteRange, EndsWhereTheBytesDo) {
  EXPECT_EQ(parse_range("bytes=90-1000", 100), (ByteRange{90, 10}));
  EXPECT_EQ(parse_range("bytes=-1000", 100), (ByteRange{0, 100}));
  EXPECT_EQ(parse_range("bytes=0-18446744073709551615", 100), (ByteRange{0, 100}));
}

TEST(ByteRange, RefusesWhatLiesBehindTheEnd) {
  for (const char* header : {"bytes=100-", "bytes=100-200", "bytes=-0"}) {
    const auto range = parse_range(header, 100);
    ASSERT_FALSE(range) << header;
    EXPECT_EQ(range.error().code, "RangeNotSatisfiable");
  }
  EXPECT_FALSE(parse_range("bytes=-1", 0));
}

TEST(ByteRange, PassesOverOtherForms) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=9-0", "lines=1-2", "bytes=0-1,3-4",
                             "bytes= 0-1", "bytes=+1-2", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(parse_range(header, 100), std::nullopt) << header;
  }
}

TEST(ByteRange, SaysWhatItIs) {
  EXPECT_EQ((ByteRange{5, 10}).content_range(100), "bytes 5-14/100");
}

}  // namespace
}  // namespace hearth::io
