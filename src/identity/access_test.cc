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
    return run(access.authorize(call, {.action = "iam:GetRole", .resource = resource})).has_value();
  }

  wire::ServiceInfo service{.protocol = wire::Protocol::kQuery};
  Sessions sessions{std::string(32, 'k'), system_random()};
  const AccessKey own{.id = "AKIAOWN", .secret = "own"};
  Callers callers{*store, directory, sessions};
  Access access{callers, {.account = "000000000000", .root = own}};
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

TEST_F(AccessTest, AUserMayDoWhatItsPoliciesSay) {
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
  write([&](Tables& tables) {
    tables.inline_policies.put(
        store::Key("AIDA1", "p"),
        {.name = "p",
         .document =
             R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}})"});
  });
  EXPECT_TRUE(may(key, "*"));
  EXPECT_FALSE(may(key, iam_arn("000000000000", "role", "/", "r")));  // another account's
}

// Who comes by something must be allowed by it, and by what is behind it.
TEST_F(AccessTest, APassageAsksAtEachGate) {
  struct Seen final : ResourceSource {
    Async<ResourceFactsPtr> facts_of(const wire::Permission& permission) override {
      asked.push_back(permission.action + " " + permission.resource);
      co_return refused == permission.resource ? denying : open;
    }
    static ResourceFactsPtr saying(const std::string& effect) {
      const std::string text = R"({"Version":"2012-10-17","Statement":{"Effect":")" + effect +
                               R"(","Principal":"*","Action":"*","Resource":"*"}})";
      auto parsed = std::make_shared<const Policy>(Policy::parse(text, PolicyKind::kResource).value());
      return std::make_shared<const ResourceFacts>(
          ResourceFacts{.account = "000000000000", .policy = std::move(parsed)});
    }
    const ResourceFactsPtr open = saying("Allow"), denying = saying("Deny");
    std::vector<std::string> asked;
    std::string refused;
  } seen;
  access.add_source("s3", seen);
  access.add_source("s3-object-lambda", seen);
  const wire::OperationInfo operation{.name = "GetObject", .service = &service};
  const auto credential = run(access.find(own.id, "")).value();
  wire::Call call{.account = "000000000000", .identity = credential->identity, .operation = &operation};
  call.passage = std::make_shared<const wire::Passage>(wire::Passage{
      .gates = {{.arn = "arn:aws:s3-object-lambda:r:1:accesspoint/o", .service = "s3-object-lambda"},
                {.arn = "arn:aws:s3:r:1:accesspoint/p", .inside = "/object/"}},
      .beyond = "arn:aws:s3:::b"});
  const auto may_read = [&](const std::string& resource) {
    seen.asked.clear();
    return run(access.authorize(call, {.action = "s3:GetObject", .resource = resource})).has_value();
  };
  using Asked = std::vector<std::string>;
  EXPECT_TRUE(may_read("arn:aws:s3:::b/k/l"));
  EXPECT_EQ(seen.asked, (Asked{"s3-object-lambda:GetObject arn:aws:s3-object-lambda:r:1:accesspoint/o",
                               "s3:GetObject arn:aws:s3:r:1:accesspoint/p/object/k/l",
                               "s3:GetObject arn:aws:s3:::b/k/l"}));
  EXPECT_TRUE(may_read("arn:aws:s3:::b"));
  EXPECT_EQ(seen.asked[1], "s3:GetObject arn:aws:s3:r:1:accesspoint/p");
  for (const char* gate :
       {"arn:aws:s3-object-lambda:r:1:accesspoint/o", "arn:aws:s3:r:1:accesspoint/p/object/k"}) {
    seen.refused = gate;
    EXPECT_FALSE(may_read("arn:aws:s3:::b/k")) << gate;
  }
  // What is not behind it is asked for itself alone.
  EXPECT_TRUE(may_read("arn:aws:s3:::bb/k"));
  EXPECT_EQ(seen.asked, Asked{"s3:GetObject arn:aws:s3:::bb/k"});
}

// What was allowed once is remembered, but no longer than the policies that allowed it.
TEST_F(AccessTest, AnAllowanceEndsWithThePolicyOfTheCallerOrOfTheResource) {
  struct Facts final : ResourceSource {
    Async<ResourceFactsPtr> facts_of(const wire::Permission&) override { co_return now; }
    ResourceFactsPtr now = std::make_shared<const ResourceFacts>();
    void set(const std::string& policy) {
      auto parsed = std::make_shared<const Policy>(Policy::parse(policy, PolicyKind::kResource).value());
      now = std::make_shared<const ResourceFacts>(ResourceFacts{.policy = std::move(parsed)});
    }
  } facts;
  access.add_source("iam", facts);
  put_user("AIDA1", "Bob");
  AccessKey key;
  write([&](Tables& tables) {
    key = put_access_key(tables.tx, seal, system_random(), TimePoint(), account, "AIDA1");
  });
  const auto put_policy = [&](const std::string& resource) {
    const std::string document =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":")" +
        resource + R"("}})";
    write([&](Tables& tables) {
      tables.inline_policies.put(store::Key("AIDA1", "p"), {.name = "p", .document = document});
    });
  };
  const std::string first = iam_arn(account, "role", "/", "first");
  const std::string second = iam_arn(account, "role", "/", "second");
  put_policy(first);
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_TRUE(may(key, first));
    EXPECT_FALSE(may(key, second));
  }
  put_policy(second);
  EXPECT_FALSE(may(key, first));
  EXPECT_TRUE(may(key, second));
  facts.set(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}})");
  EXPECT_FALSE(may(key, second));
}

// What costs a look is looked at for those policies only that ask for it.
TEST_F(AccessTest, DearValuesAreAskedForWhereAPolicyNamesTheirKey) {
  struct Facts final : ResourceSource {
    Async<ResourceFactsPtr> facts_of(const wire::Permission&) override {
      co_return std::make_shared<const ResourceFacts>();
    }
    std::string_view dear_keys() const override { return "iam:Mark/"; }
    Async<void> add_dear_values(wire::Permission& permission) override {
      ++looks;
      permission.conditions.emplace_back("iam:Mark/colour", std::vector<std::string>{"red"});
      co_return {};
    }
    int looks = 0;
  } facts;
  access.add_source("iam", facts);
  put_user("AIDA1", "Bob");
  AccessKey key;
  write([&](Tables& tables) {
    key = put_access_key(tables.tx, seal, system_random(), TimePoint(), account, "AIDA1");
  });
  const auto may_where = [&](const std::string& condition) {
    const std::string document =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"*","Condition":)" +
        condition + "}}";
    write([&](Tables& tables) {
      tables.inline_policies.put(store::Key("AIDA1", "p"), {.name = "p", .document = document});
    });
    return may(key, iam_arn(account, "role", "/", "r"));
  };
  EXPECT_TRUE(may_where(R"({"StringLike":{"aws:username":"*"}})"));
  EXPECT_EQ(facts.looks, 0);
  EXPECT_TRUE(may_where(R"({"StringEquals":{"IAM:mark/colour":"red"}})"));
  EXPECT_FALSE(may_where(R"({"StringEquals":{"iam:Mark/colour":"blue"}})"));
  EXPECT_TRUE(may_where(R"({"StringEquals":{"aws:username":"${iam:Mark/none, 'Bob'}"}})"));
  EXPECT_EQ(facts.looks, 3);
}

TEST(Allowances, HoldForTheVeryFactsTheyWereFoundWith) {
  Allowances allowances;
  const auto facts = std::make_shared<const ResourceFacts>();
  EXPECT_FALSE(allowances.hold("s3:GetObject", "a", facts));
  allowances.add("s3:GetObject", "a", facts);
  EXPECT_TRUE(allowances.hold("s3:GetObject", "a", facts));
  EXPECT_FALSE(allowances.hold("s3:PutObject", "a", facts));
  EXPECT_FALSE(allowances.hold("s3:GetObject", "b", facts));
  EXPECT_FALSE(allowances.hold("s3:GetObject", "a", std::make_shared<const ResourceFacts>()));
  for (int i = 0; i < 10'000; ++i) allowances.add("s3:GetObject", std::to_string(i), facts);
  EXPECT_TRUE(allowances.hold("s3:GetObject", "9999", facts));
}

class SessionTest : public AccessTest {
 protected:
  SessionTest() {
    role.trust_policy =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}})";
    put_role(role);
    write([&](Tables& tables) {
      tables.inline_policies.put(
          store::Key("AROA1", "p"),
          {.name = "p",
           .document =
               R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}})"});
    });
  }
  bool session_may(Session session) {
    session.account = account;
    session.principal_id = "AROA1";
    session.name = "s";
    const auto made = sessions.issue(session);
    const auto credential = run(access.find(made.access_key_id, made.session_token)).value();
    if (!credential) return false;
    EXPECT_EQ(credential->identity.arn, "arn:aws:sts::123456789012:assumed-role/R/s");
    const wire::OperationInfo operation{.name = "GetRole", .service = &service};
    const wire::Call call{.account = account, .identity = credential->identity, .operation = &operation};
    return run(access.authorize(call, {.action = "iam:GetRole", .resource = "*"})).has_value();
  }
  RoleRecord role{.id = "AROA1", .name = "R", .path = "/x/"};
};

TEST_F(SessionTest, ASessionMayDoWhatItsRoleMayAndNoMoreThanItWasBegunWith) {
  EXPECT_TRUE(session_may({}));
  EXPECT_FALSE(session_may(
      {.policy =
           R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})"}));
  EXPECT_TRUE(session_may({.policy_arns = {"arn:aws:iam::aws:policy/AdministratorAccess"}}));
  EXPECT_FALSE(session_may({.policy_arns = {"arn:aws:iam::aws:policy/NoneOfThisName"}}));
}

TEST_F(SessionTest, ASessionDiesWithItsRole) {
  const auto made = sessions.issue({.account = account, .principal_id = "AROA1", .name = "s"});
  EXPECT_TRUE(run(access.find(made.access_key_id, made.session_token)).value());
  EXPECT_FALSE(run(access.find(made.access_key_id, made.session_token + "A")).value());
  EXPECT_FALSE(run(access.find(made.access_key_id, "")).value());
  erase_role(role);
  EXPECT_FALSE(run(access.find(made.access_key_id, made.session_token)).value());
  put_role({.id = "AROA2", .name = "R", .path = "/x/", .trust_policy = role.trust_policy});
  EXPECT_FALSE(run(access.find(made.access_key_id, made.session_token)).value());
}

TEST_F(AccessTest, DevelopmentKeysAreRootsAndOnlyThere) {
  for (const char* key : {"test", "111122223333"}) EXPECT_FALSE(run(access.find(key, "")).value()) << key;
  Access open{callers, {.account = "000000000000", .development = true}};
  EXPECT_EQ(run(open.find("test", "")).value()->identity.arn, "arn:aws:iam::000000000000:root");
  EXPECT_EQ(run(open.find("111122223333", "")).value()->identity.account, "111122223333");
  EXPECT_TRUE(run(open.find("test", "")).value()->unchecked);
  EXPECT_FALSE(run(open.find("tests", "")).value());
}

TEST_F(AccessTest, AGivenKeyIsCheckedWhateverItsSecret) {
  Access empty{callers, {.account = "000000000000", .root = AccessKey{.id = "AKIAOWN"}, .development = true}};
  EXPECT_FALSE(run(empty.find("AKIAOWN", "")).value()->unchecked);
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
