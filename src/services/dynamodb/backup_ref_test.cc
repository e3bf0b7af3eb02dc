// Promise: a backup is found by the ARN that was told of it, and by nothing else.
#include "services/dynamodb/backup_ref.h"

#include <gtest/gtest.h>

namespace hearth::services::dynamodb {
namespace {

constexpr const char* kArn =
    "arn:aws:dynamodb:us-east-1:123456789012:table/music/backup/01489173575360-b308cd7d";

TEST(BackupRef, ReadsWhatItTells) {
  const auto ref = BackupRef::parse(kArn);
  ASSERT_TRUE(ref.has_value());
  EXPECT_EQ(ref->table.region, "us-east-1");
  EXPECT_EQ(ref->table.account, "123456789012");
  EXPECT_EQ(ref->table.name, "music");
  EXPECT_EQ(ref->id, "01489173575360-b308cd7d");
  EXPECT_EQ(ref->arn(), kArn);
}

TEST(BackupRef, RefusesOtherNames) {
  for (const char* other : {"", "music", "arn:aws:dynamodb:us-east-1:123456789012:table/music",
                            "arn:aws:dynamodb:us-east-1:123456789012:table/music/backup/",
                            "arn:aws:dynamodb:us-east-1:123456789012:table//backup/0148",
                            "arn:aws:s3:us-east-1:123456789012:table/music/backup/0148",
                            "arn:aws:dynamodb:us-east-1:table/music/backup/0148"}) {
    const auto ref = BackupRef::parse(other);
    ASSERT_FALSE(ref.has_value()) << other;
    EXPECT_EQ(ref.error().code, "ValidationException");
  }
}

}  // namespace
}  // namespace hearth::services::dynamodb
