// Promise: a key opens its own account and no other.
#include "identity/access.h"

#include "identity/arn.h"
#include "identity/testing.h"

namespace hearth::identity {
namespace {

class AccessTest : public IdentityTest {
 protected:
  // Whether the owner of this key may do something with that resource.
  bool may(const AccessKey& key, const std::string& resource) {
    const auto credential = run(access.find(key.id, "")).value();
    if (!credential) return false;
    EXPECT_EQ(credential->secret, key.secret);
    const wire::OperationInfo operation{.name = "GetRole", .service = &service};
    const wire::Call call{
        .account = credential->identity.account, .identity = credential->identity, .operation = &operation};
    const json::object input;
    return run(access.authorize(call, "iam:GetRole", resource, input)).has_value();
  }

  wire::ServiceInfo service{.protocol = wire::Protocol::kQuery};
  Sessions sessions{std::string(32, 'k'), system_random()};
  const AccessKey own{.id = "AKIAOWN", .secret = "own"};
  Access access{own, "000000000000", sessions, directory};
};

TEST_F(AccessTest, TheRootOfEachAccountIsMasterThereAndNowhereElse) {
  ASSERT_TRUE(run(accounts.ensure(account)));
  const AccessKey second = run(accounts.create_root_key(account)).value();
  for (const auto& [key, mine, foreign] : {std::tuple(own, "000000000000", account.c_str()),
                                           std::tuple(second, account.c_str(), "000000000000")}) {
    EXPECT_TRUE(may(key, iam_arn(mine, "role", "/", "r")));
    EXPECT_TRUE(may(key, "*"));
    EXPECT_TRUE(may(key, "arn:aws:iam::aws:policy/ReadOnlyAccess"));
    EXPECT_FALSE(may(key, iam_arn(foreign, "role", "/", "r")));
  }
}

TEST_F(AccessTest, AUserIsKnownAndMayDoNothingYet) {
  put_user("AIDA1", "Bob");
  AccessKey key;
  write([&](Tables& tables) {
    key = put_access_key(tables.tx, seal, system_random(), TimePoint(), account, "AIDA1");
  });
  const auto credential = run(access.find(key.id, "")).value();
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->identity.arn, "arn:aws:iam::123456789012:user/Bob");
  EXPECT_EQ(credential->identity.user_id, "AIDA1");
  EXPECT_FALSE(may(key, "*"));
}

TEST_F(AccessTest, AnInactiveKeyIsNone) {
  ASSERT_TRUE(run(accounts.ensure(account)));
  const AccessKey key = run(accounts.create_root_key(account)).value();
  ASSERT_TRUE(run(accounts.rotate_root_key(account, key.id)));
  EXPECT_FALSE(run(access.find(key.id, "")).value());
  EXPECT_FALSE(run(access.find("AKIANOBODY", "")).value());
}

}  // namespace
}  // namespace hearth::identity
