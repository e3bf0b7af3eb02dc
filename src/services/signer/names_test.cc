// Promise: only trusted code is deployed: an ARN names one profile or job, or nothing.
#include "services/signer/names.h"

#include <gtest/gtest.h>

namespace hearth::services::signer {
namespace {

TEST(Names, OfProfilesAreReadAsTheyAreWritten) {
  const ProfileRef ref{
      .account = "000000000000", .region = "us-east-1", .name = "p", .version = "AbCdEf1234"};
  EXPECT_EQ(ref.arn(), "arn:aws:signer:us-east-1:000000000000:/signing-profiles/p");
  EXPECT_EQ(ProfileRef::of_arn(ref.version_arn())->version_arn(), ref.version_arn());
  EXPECT_EQ(ProfileRef::of_arn(ref.arn())->version, "");
}

TEST(Names, OfOtherThingsAreNone) {
  for (const char* arn :
       {"", "arn:aws:signer:", "arn:aws:signer:r:a:/signing-profiles/",
        "arn:aws:signer:r:a:/signing-profiles/p/", "arn:aws:signer:r:a:/signing-profiles/p/v/w",
        "arn:aws:signer:r:a:b:/signing-profiles/p", "arn:aws:lambda:r:a:/signing-profiles/p"}) {
    EXPECT_FALSE(ProfileRef::of_arn(arn)) << arn;
  }
  EXPECT_FALSE(JobRef::of_arn("arn:aws:signer:r:a:/signing-jobs/"));
  EXPECT_FALSE(JobRef::of_arn("arn:aws:signer:r:a:/signing-jobs/a/b"));
  EXPECT_EQ(JobRef::of_arn("arn:aws:signer:r:a:/signing-jobs/j")->arn(),
            "arn:aws:signer:r:a:/signing-jobs/j");
}

}  // namespace
}  // namespace hearth::services::signer
