// Promise: your AWS code runs unchanged: parts of objects are named as in S3.
#include "services/s3/range.h"

#include <gtest/gtest.h>

namespace hearth::services::s3 {
namespace {

// "offset+size", "ignored", or the refusal's code.
std::string range_of(std::string_view header, uint64_t size_bytes) {
  const auto range = parse_range(header, size_bytes);
  if (!range) return range.error().code;
  if (!*range) return "ignored";
  return std::to_string((*range)->offset) + "+" + std::to_string((*range)->size_bytes);
}

TEST(Range, IsCutToTheObject) {
  EXPECT_EQ(range_of("bytes=0-0", 10), "0+1");
  EXPECT_EQ(range_of("bytes=3-5", 10), "3+3");
  EXPECT_EQ(range_of("bytes=3-", 10), "3+7");
  EXPECT_EQ(range_of("bytes=3-99", 10), "3+7");
  EXPECT_EQ(range_of("bytes=-3", 10), "7+3");
  EXPECT_EQ(range_of("bytes=-99", 10), "0+10");
}

TEST(Range, BehindTheEndIsRefused) {
  EXPECT_EQ(range_of("bytes=10-", 10), "InvalidRange");
  EXPECT_EQ(range_of("bytes=-0", 10), "InvalidRange");
  EXPECT_EQ(range_of("bytes=0-", 0), "InvalidRange");
  EXPECT_EQ(range_of("bytes=-1", 0), "InvalidRange");
}

TEST(Range, OfAnotherFormIsIgnored) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-3", "bytes=1-2,4-5",
                             "lines=1-2", "bytes=99999999999999999999999-", "bytes= 1-2"}) {
    EXPECT_EQ(range_of(header, 10), "ignored") << header;
  }
}

TEST(Range, OfACopyMustLieWithinTheSource) {
  EXPECT_TRUE(parse_copy_range("bytes=0-9", 10));
  for (const char* header : {"bytes=0-10", "bytes=0-", "bytes=-3", "0-9", "bytes=5-3"}) {
    EXPECT_FALSE(parse_copy_range(header, 10)) << header;
  }
}

}  // namespace
}  // namespace hearth::services::s3
