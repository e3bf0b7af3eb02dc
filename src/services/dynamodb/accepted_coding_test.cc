// Promise: an answer is packed only as its client said that it can unpack it.
#include "services/dynamodb/accepted_coding.h"

#include <gtest/gtest.h>

namespace hearth::services::dynamodb {
namespace {

TEST(AcceptedCoding, TakesTheHeaviestAndGzipFirst) {
  EXPECT_EQ(accepted_coding("gzip"), Deflate::kGzip);
  EXPECT_EQ(accepted_coding("GZip"), Deflate::kGzip);
  EXPECT_EQ(accepted_coding("deflate"), Deflate::kZlib);
  EXPECT_EQ(accepted_coding("deflate, gzip"), Deflate::kGzip);
  EXPECT_EQ(accepted_coding("gzip;q=0.5 , deflate ; q=0.8"), Deflate::kZlib);
  EXPECT_EQ(accepted_coding("br, *"), Deflate::kGzip);
  EXPECT_EQ(accepted_coding("gzip;q=0, *;q=0.5"), Deflate::kZlib);
  EXPECT_EQ(accepted_coding("identity, gzip"), Deflate::kGzip);
}

TEST(AcceptedCoding, LeavesBytesPlainWhereNeitherIsAccepted) {
  for (const char* text : {"", "identity", "br", "gzip;q=0", "gzip;q=0.0,deflate;q=0", "gzip;q=", "gzip;q=x",
                           "*;q=0", ",;,", "identity, gzip;q=0.5"}) {
    EXPECT_FALSE(accepted_coding(text)) << text;
  }
}

}  // namespace
}  // namespace hearth::services::dynamodb
