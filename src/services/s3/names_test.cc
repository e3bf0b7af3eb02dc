// Promise: your AWS code runs unchanged: names mean what they mean on the service.
#include "services/s3/names.h"

#include <gtest/gtest.h>

namespace hearth::services::s3 {
namespace {

TEST(CopySource, NamesAnObjectByItsPath) {
  const auto source = parse_copy_source("/b/a%20b+c?versionId=v1");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->bucket, "b");
  EXPECT_EQ(source->key, "a b c");
  EXPECT_EQ(source->version, "v1");
  const auto by_arn = parse_copy_source("arn:aws:s3:us-east-1:000000000000:accesspoint/p/object/a/b");
  ASSERT_TRUE(by_arn);
  EXPECT_EQ(by_arn->bucket, "arn:aws:s3:us-east-1:000000000000:accesspoint/p");
  EXPECT_EQ(by_arn->key, "a/b");
  for (const char* text : {"", "/", "b", "b/", "//k"}) EXPECT_FALSE(parse_copy_source(text)) << text;
}

TEST(Site, IsToldByItsHost) {
  EXPECT_EQ(bucket_of_site("b.s3-website.us-east-1.amazonaws.com"), "b");
  EXPECT_EQ(bucket_of_site("www.b.org.s3-website-eu-west-1.localhost:4566"), "www.b.org");
  EXPECT_EQ(bucket_of_site("B.S3-Website.localhost"), "b");
  // Names of buckets are no labels of the service, whatever they look like.
  EXPECT_EQ(bucket_of_site("s3-website.s3-website.localhost"), "s3-website");
  EXPECT_EQ(bucket_of_site("b.s3-website.s3.us-east-1.localhost"), std::nullopt);
  for (const char* host : {"", "localhost", "b.s3.localhost", "s3-website.localhost", ".s3-website.localhost",
                           "b.s3-websites.localhost", "s3-website", "b.s3-website"}) {
    EXPECT_EQ(bucket_of_site(host),
              host == std::string("b.s3-website") ? std::optional<std::string>("b") : std::nullopt)
        << host;
  }
}

}  // namespace
}  // namespace hearth::services::s3
