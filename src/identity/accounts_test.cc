// Promise: more than one account, each with a root of its own.
#include "identity/accounts.h"

#include "identity/arn.h"
#include "identity/managed_policies.h"
#include "identity/testing.h"

namespace hearth::identity {
namespace {

using AccountsTest = IdentityTest;

TEST_F(AccountsTest, AreMadeOnceAndListed) {
  EXPECT_EQ(run(accounts.create("111111111111", "first"))->id, "111111111111");
  EXPECT_EQ(run(accounts.create("111111111111", "")).error().code, "EntityAlreadyExists");
  EXPECT_EQ(run(accounts.create("1", "")).error().code, "ValidationError");
  EXPECT_TRUE(is_account_id(run(accounts.create("", "second"))->id));
  ASSERT_TRUE(run(accounts.ensure("000000000000")));
  ASSERT_TRUE(run(accounts.ensure("000000000000")));
  EXPECT_EQ(run(accounts.list())->size(), 3u);
  EXPECT_TRUE(*run(accounts.exists("000000000000")));
  EXPECT_FALSE(*run(accounts.exists("999999999999")));
}

TEST_F(AccountsTest, TheFirstKeyIsBroughtInOnceAndStaysRevoked) {
  const FileKey file{.key = {.id = "AKIAFILE", .secret = "s"}};
  const auto opens = [&] { return run(directory.key(file.key.id)).value() != nullptr; };
  ASSERT_TRUE(run(accounts.ensure(account, file)));
  EXPECT_TRUE(opens());
  ASSERT_TRUE(run(accounts.revoke_root_key(account, file.key.id)));
  ASSERT_TRUE(run(accounts.ensure(account, file)));
  EXPECT_FALSE(opens());
  ASSERT_TRUE(run(accounts.ensure(account, FileKey{.key = file.key, .fresh = true})));
  EXPECT_TRUE(opens());
}

TEST_F(AccountsTest, TheFirstKeyOutlivesTheServersKey) {
  const FileKey file{.key = {.id = "AKIAFILE", .secret = "s"}};
  ASSERT_TRUE(run(accounts.ensure(account, file)));
  const Seal other{std::string(32, 'o'), kAccessKeySeal, system_random()};
  Accounts later{*store, other, system_clock(), system_random()};
  Directory reading{*store, other};
  EXPECT_FALSE(run(reading.key(file.key.id)).value());
  ASSERT_TRUE(run(later.ensure(account, file)));
  EXPECT_TRUE(run(reading.key(file.key.id)).value());
}

TEST_F(AccountsTest, KeysOfTheRootAreMadeRotatedAndRevoked) {
  EXPECT_EQ(run(accounts.create_root_key(account)).error().code, "NoSuchEntity");
  ASSERT_TRUE(run(accounts.ensure(account)));
  const AccessKey first = run(accounts.create_root_key(account)).value();
  EXPECT_EQ(run(directory.key(first.id)).value()->arn, root_arn(account));
  EXPECT_EQ(run(directory.key(first.id)).value()->secret, first.secret);

  const AccessKey second = run(accounts.rotate_root_key(account, first.id)).value();
  EXPECT_FALSE(run(directory.key(first.id)).value()->active);
  EXPECT_TRUE(run(directory.key(second.id)).value()->active);
  EXPECT_EQ(run(accounts.rotate_root_key(account, second.id)).error().code, "LimitExceeded");
  EXPECT_EQ(run(accounts.create_root_key(account)).error().code, "LimitExceeded");
  EXPECT_EQ(run(accounts.revoke_root_key("000000000000", first.id)).error().code, "NoSuchEntity");
  ASSERT_TRUE(run(accounts.revoke_root_key(account, first.id)));
  EXPECT_FALSE(run(directory.key(first.id)).value());
  const auto left = run(accounts.list_root_keys(account)).value();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, second.id);
}

TEST(IamArn, ItsPartsAreFound) {
  const auto arn = parse_iam_arn("arn:aws:iam::123456789012:role/a/b/Name").value();
  EXPECT_EQ(arn.account + "|" + arn.kind + "|" + arn.path + "|" + arn.name, "123456789012|role|/a/b/|Name");
  EXPECT_EQ(iam_arn(arn.account, arn.kind, arn.path, arn.name), "arn:aws:iam::123456789012:role/a/b/Name");
  EXPECT_EQ(parse_iam_arn("arn:aws:iam::aws:policy/X")->path, "/");
  EXPECT_EQ(parse_iam_arn(root_arn("123456789012"))->kind, "root");
  for (const char* no :
       {"", "arn:aws:iam::", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:role",
        "arn:aws:iam::123456789012:/x", "arn:aws:iam::123456789012:role/x/", "arn:aws:s3:::role/x"}) {
    EXPECT_FALSE(parse_iam_arn(no)) << no;
  }
}

TEST(ManagedPolicies, AreFoundByTheirArnAndNoOther) {
  EXPECT_GT(managed_policies().size(), 1500u);
  for (const ManagedPolicy& policy : managed_policies())
    EXPECT_EQ(find_managed_policy(policy.arn()), &policy);
  const auto* basic = find_managed_policy("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->version, 1);
  EXPECT_EQ(basic->document, R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":)"
                             R"(["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],)"
                             R"("Resource":"*"}]})");
  EXPECT_EQ(basic->id().size(), 21u);
  for (const char* no :
       {"arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/", "",
        "arn:aws:iam::aws:policy", "arn:aws:iam::aws:policy/service-role/awslambdabasicexecutionrole",
        "arn:aws:iam::aws:policy/zzz", "arn:aws:iam::aws:policy/service-role/"}) {
    EXPECT_FALSE(find_managed_policy(no)) << no;
  }
}

}  // namespace
}  // namespace hearth::identity
