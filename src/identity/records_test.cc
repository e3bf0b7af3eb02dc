// Promise: an upgrade reads what was written before it.
#include "identity/records.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace hearth::identity {
namespace {

// The bytes of docs/formats/records.md, "Identity".
TEST(IdentityRecords, TheirBytesDoNotChange) {
  const AccessKeyRecord key{.account = "000000000000", .user_id = "AIDA1", .sealed_secret = "s"};
  EXPECT_EQ(hex_encode(store::encode(key)),
            "0a0c303030303030303030303030"
            "12054149444131"
            "1a0173");
  const RoleRecord role{.id = "AROA1", .name = "R", .path = "/", .trust_policy = "{}"};
  EXPECT_EQ(hex_encode(store::encode(role)),
            "0a0541524f4131"
            "120152"
            "32027b7d");
  EXPECT_EQ(hex_encode(store::encode(IdRecord{.kind = EntityKind::kRole, .name = "r"})),
            "0803"
            "120172");
  EXPECT_EQ(store::encode(Link{}), "");
  const auto read = store::decode<RoleRecord>(store::encode(role));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->max_session_seconds, 3600);
}

TEST(IdentityRecords, AWatchOfTheChangesSeesAllButLastUse) {
  const auto watched = [](const store::Key& key) { return key.bytes().starts_with(changes_prefix()); };
  EXPECT_TRUE(watched(store::Key("iam", "000000000000", "role", "r")));
  EXPECT_TRUE(watched(store::Key("iam-key", "AKIA1")));
  EXPECT_TRUE(watched(store::Key("iam-account", "000000000000")));
  EXPECT_FALSE(watched(store::Key("principal-use", "AKIA1")));
}

}  // namespace
}  // namespace hearth::identity
