// Promise: AWS code runs unchanged. Whatever names an access point finds it, and nothing else does.
#include "services/s3/access_point_names.h"

#include <gtest/gtest.h>

namespace hearth::services::s3 {
namespace {

TEST(AccessPointNames, AnArnIsReadAsItWasWritten) {
  for (const char* arn : {"arn:aws:s3:eu-west-1:123456789012:accesspoint/my-point",
                          "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/abc"}) {
    const auto id = parse_access_point_arn(arn);
    ASSERT_TRUE(id) << arn;
    EXPECT_EQ(id->arn(), arn);
    EXPECT_TRUE(may_be_access_point(arn));
  }
  EXPECT_EQ(parse_access_point_arn("arn:aws:s3:r:123456789012:accesspoint:abc")->name, "abc");
}

TEST(AccessPointNames, OtherArnsAreNone) {
  for (const char* arn :
       {"", "arn", "arn:aws:s3:::bucket", "arn:aws:s3:r:12345678901:accesspoint/abc",
        "arn:aws:s3::123456789012:accesspoint/abc", "arn:aws:s3:r:123456789012:accesspoint/ab",
        "arn:aws:s3:r:123456789012:accesspoint/abc/object/k", "arn:aws:s3:r:123456789012:accesspoint/Abc",
        "arn:aws:s3:r:123456789012:accesspointabc", "arn:aws:sqs:r:123456789012:accesspoint/abc",
        "arn:aws:s3:r:123456789012:job/abc"}) {
    EXPECT_FALSE(parse_access_point_arn(arn)) << arn;
  }
}

TEST(AccessPointNames, ALabelEndsWithTheAccount) {
  const auto id = parse_access_point_label("my-point-123456789012", AccessPointKind::kObjectLambda, "r");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->arn(), "arn:aws:s3-object-lambda:r:123456789012:accesspoint/my-point");
  for (const char* label : {"123456789012", "-123456789012", "ab-123456789012", "mypoint123456789012",
                            "my-point-12345678901", "my.point-123456789012", "my-point-123456789012-x"}) {
    EXPECT_FALSE(parse_access_point_label(label, AccessPointKind::kBucket, "r")) << label;
  }
}

TEST(AccessPointNames, AnAliasIsAsLongAsABucketsNameAtMost) {
  for (const AccessPointKind kind : {AccessPointKind::kBucket, AccessPointKind::kObjectLambda}) {
    for (const size_t size : {3U, 21U, 50U}) {
      const AccessPointId id{.kind = kind, .account = "1", .region = "r", .name = std::string(size, 'a')};
      const std::string alias = make_access_point_alias(system_random(), id);
      EXPECT_LE(alias.size(), 63U);
      EXPECT_TRUE(is_access_point_alias(alias)) << alias;
      EXPECT_NE(alias, make_access_point_alias(system_random(), id));
    }
  }
}

TEST(AccessPointNames, NamesAreThoseThatAHostsLabelCanHold) {
  for (const auto& name : std::vector<std::string>{"abc", "a-b", "0-0", std::string(50, 'a')})
    EXPECT_TRUE(check_access_point_name(name)) << name;
  for (const auto& name :
       std::vector<std::string>{"ab", "a_b", "a.b", "-ab", "ab-", "aBc", "ab-s3alias", std::string(51, 'a')})
    EXPECT_FALSE(check_access_point_name(name)) << name;
}

TEST(AccessPointNames, MostBucketsAreNotLookedAt) {
  EXPECT_FALSE(may_be_access_point("my-bucket"));
  EXPECT_FALSE(may_be_access_point("my-bucket-2026"));
  EXPECT_TRUE(may_be_access_point("my-bucket-123456789012"));
}

}  // namespace
}  // namespace hearth::services::s3
