// Promise: functions are strangers to each other; every call is authorized.
// What lists say in headers, and whom they let do what.
#include "services/s3/acl.h"

#include <gtest/gtest.h>

#include "identity/policy/evaluate.h"

namespace hearth::services::s3 {
namespace {

using identity::canonical_user_id;

const std::string kOwner = "111111111111", kOther = "222222222222";
const AclOwners kOwners{.own = canonical_user_id(kOwner), .bucket = canonical_user_id(kOwner)};

std::vector<std::string> read(std::string text) {
  const auto grants = read_acl({.grants = {{"READ", std::move(text)}}}, kOwners, AclOf::kObject);
  if (!grants) return {grants.error().code};
  std::vector<std::string> who;
  for (const auto& grant : *grants)
    who.push_back(grant.grantee->id.value_or(grant.grantee->uri.value_or("")));
  return who;
}

TEST(Acl, GranteesOfAHeader) {
  const std::string all = "http://acs.amazonaws.com/groups/global/AllUsers";
  EXPECT_EQ(read("id=abc"), std::vector<std::string>{"abc"});
  EXPECT_EQ(read(" ID = \"abc\" ,uri=\"" + all + "\""), (std::vector<std::string>{"abc", all}));
  EXPECT_EQ(read(""), std::vector<std::string>());
  for (const char* bad : {"abc", "id", "name=abc", ",id=abc", "id=abc,,id=abc", "uri=abc"}) {
    EXPECT_EQ(read(bad), std::vector<std::string>{"InvalidArgument"}) << bad;
  }
  std::string many = "id=a";
  for (int i = 0; i < 100; ++i) many += ",id=a";
  EXPECT_EQ(read(many), std::vector<std::string>{"MalformedACLError"});
}

// Whether a list lets someone of that account, or nobody in particular, do it to the object or bucket.
bool lets(const Grants& grants, AclOf of, const std::string& account, std::string action,
          std::string resource) {
  json::object document{{"Version", "2012-10-17"},
                        {"Statement", acl_statements(grants, of, "arn:aws:s3:::b")}};
  auto policy = identity::Policy::parse(to_text(json::value(document)), identity::PolicyKind::kResource);
  EXPECT_TRUE(policy) << policy.error().message;
  identity::AccessRequest request{
      .action = std::move(action), .resource = std::move(resource), .resource_account = kOwner};
  if (!account.empty()) {
    request.principal = {.kind = identity::PrincipalKind::kRoot,
                         .account = account,
                         .arn = "arn:aws:iam::" + account + ":root"};
    identity::set_principal_keys(request.principal, request.context);
  }
  return identity::evaluate(request, {.resource = std::make_shared<identity::Policy>(*std::move(policy))})
      .allowed;
}

TEST(Acl, PermissionsAreActions) {
  const auto grants = [](const char* permission) {
    return read_acl({.grants = {{permission, "id=" + canonical_user_id(kOther)}}}, kOwners, AclOf::kBucket)
        .value();
  };
  struct Case {
    const char *permission, *action, *resource;
  };
  const Case cases[] = {{"READ", "s3:ListBucket", "arn:aws:s3:::b"},
                        {"WRITE", "s3:PutObject", "arn:aws:s3:::b/k"},
                        {"READ_ACP", "s3:GetBucketAcl", "arn:aws:s3:::b"},
                        {"WRITE_ACP", "s3:PutBucketAcl", "arn:aws:s3:::b"}};
  for (const Case& held : cases) {
    for (const Case& wanted : cases) {
      EXPECT_EQ(lets(grants(held.permission), AclOf::kBucket, kOther, wanted.action, wanted.resource),
                std::string_view(held.permission) == wanted.permission)
          << held.permission << " " << wanted.action;
    }
    EXPECT_TRUE(lets(grants("FULL_CONTROL"), AclOf::kBucket, kOther, held.action, held.resource));
    EXPECT_FALSE(lets(grants("FULL_CONTROL"), AclOf::kBucket, "333333333333", held.action, held.resource));
    EXPECT_FALSE(lets(grants("FULL_CONTROL"), AclOf::kBucket, "", held.action, held.resource));
  }
}

TEST(Acl, TheSignedInWorldIsNotTheWorld) {
  const auto lets_read = [](const char* canned, const std::string& account) {
    const Grants grants = read_acl({.canned = canned}, kOwners, AclOf::kBucket).value();
    return lets(grants, AclOf::kBucket, account, "s3:ListBucket", "arn:aws:s3:::b");
  };
  EXPECT_TRUE(lets_read("public-read", "") && lets_read("public-read", kOther));
  EXPECT_TRUE(lets_read("authenticated-read", kOther));
  EXPECT_FALSE(lets_read("authenticated-read", ""));
  EXPECT_FALSE(lets_read("private", kOther) || lets_read("aws-exec-read", kOther));
}

}  // namespace
}  // namespace hearth::services::s3
