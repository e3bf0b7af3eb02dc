// Promise: a role trusts whom its policy named when it was written, not who takes the name later.
#include "identity/trust.h"

#include "identity/testing.h"

namespace hearth::identity {
namespace {

class TrustTest : public IdentityTest {
 protected:
  Result<std::vector<std::pair<std::string, std::string>>> ids(const std::string& principal) {
    auto body = [&](store::Transaction& tx) -> Async<std::vector<std::pair<std::string, std::string>>> {
      TRY(const Policy policy,
          Policy::parse(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",)"
                        R"("Principal":)" +
                            principal + "}]}",
                        PolicyKind::kTrust));
      co_return co_await trusted_ids(tx, account, policy);
    };
    return run(store->read(body));
  }
  std::string effective(const RoleRecord& role) {
    auto body = [&](store::Transaction& tx) -> Async<std::string> {
      co_return co_await effective_trust(tx, role);
    };
    return run(store->read(body)).value();
  }
};

TEST_F(TrustTest, AccountsServicesSessionsAndEveryoneNeedNotExist) {
  for (const char* principal :
       {R"("*")", R"({"AWS":"*"})", R"({"AWS":["999999999999","arn:aws:iam::999999999999:root"]})",
        R"({"AWS":"arn:aws:sts::999999999999:assumed-role/r/s"})", R"({"Service":"lambda.amazonaws.com"})",
        R"({"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"})"}) {
    const auto found = ids(principal);
    ASSERT_TRUE(found) << principal;
    EXPECT_TRUE(found->empty());
  }
}

TEST_F(TrustTest, WhatIsNobodyIsRefused) {
  const auto text = [&](const std::string& principal) {
    const auto found = ids(principal);
    return found ? "accepted" : found.error().code + ": " + found.error().message;
  };
  EXPECT_EQ(text(R"({"AWS":"arn:aws:iam::123456789012:role/none"})"),
            "MalformedPolicyDocument: Invalid principal in policy: "
            "\"AWS\":\"arn:aws:iam::123456789012:role/none\"");
  EXPECT_EQ(text(R"({"AWS":["*","someone"]})"),
            "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"someone\"");
  EXPECT_EQ(text(R"({"AWS":"AROAABCDEFGHIJKLMNOPQ"})"),
            "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"AROAABCDEFGHIJKLMNOPQ\"");
  for (const char* odd : {"arn:aws:iam::123456789012:group/g", "arn:aws:iam::aws:root", "arn:aws:iam::1:root",
                          "arn:aws:iam::123456789012:user/", "arn:aws:sts::x:assumed-role/r/s", ""}) {
    EXPECT_FALSE(ids(std::string(R"({"AWS":")") + odd + R"("})")) << odd;
  }
}

TEST_F(TrustTest, OfAnotherPathIsAnother) {
  put_role({.id = "AROA1", .name = "r", .path = "/a/", .trust_policy = "{}"});
  put_user("AIDA1", "u", "/a/");
  for (const char* kind : {"role/a/r", "user/a/u"}) {
    EXPECT_TRUE(ids(R"({"AWS":"arn:aws:iam::123456789012:)" + std::string(kind) + R"("})")) << kind;
  }
  for (const char* kind : {"role/r", "role/b/r", "user/u", "user/b/u"}) {
    EXPECT_FALSE(ids(R"({"AWS":"arn:aws:iam::123456789012:)" + std::string(kind) + R"("})")) << kind;
  }
}

TEST_F(TrustTest, OneMadeAgainUnderTheSameNameIsNotTrusted) {
  const std::string arn = "arn:aws:iam::123456789012:role/a/Friend";
  const RoleRecord friend_role{.id = "AROAFRIEND", .name = "Friend", .path = "/a/", .trust_policy = "{}"};
  put_role(friend_role);
  const auto found = ids(R"({"AWS":")" + arn + R"("})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->front(), std::pair(arn, std::string("AROAFRIEND")));
  RoleRecord role{.id = "AROAME", .name = "me", .trusted_ids = *found};
  role.trust_policy = "{ \"Principal\": {\"AWS\":  \"" + arn + "\"} }";
  EXPECT_EQ(effective(role), role.trust_policy);
  erase_role(friend_role);
  EXPECT_EQ(effective(role), R"({ "Principal": {"AWS":  "AROAFRIEND"} })");
  put_role({.id = "AROAOTHER", .name = "Friend", .path = "/a/", .trust_policy = "{}"});
  EXPECT_EQ(effective(role), R"({ "Principal": {"AWS":  "AROAFRIEND"} })");
  role.trust_policy = R"({"Principal":{"AWS":"arn:aws:iam::123456789012:role\/a\/Friend"}})";
  EXPECT_EQ(effective(role), R"({"Principal":{"AWS":"AROAFRIEND"}})") << "in whatever spelling";
}

}  // namespace
}  // namespace hearth::identity
