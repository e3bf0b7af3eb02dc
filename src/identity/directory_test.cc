// Promise: every call is authorized by what the account's policies say now.
#include "identity/directory.h"

#include "identity/last_use.h"
#include "identity/testing.h"

namespace hearth::identity {
namespace {

using store::Key;

class DirectoryTest : public IdentityTest {
 protected:
  std::vector<std::string> names(const std::vector<HeldPolicy>& policies) {
    std::vector<std::string> out;
    for (const HeldPolicy& policy : policies) out.push_back(policy.name);
    return out;
  }
  static std::string allow(std::string_view action) {
    return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":")" +
           std::string(action) + "\"}}";
  }
  static std::string trust() {
    return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",)"
           R"("Principal":{"Service":"lambda.amazonaws.com"}}})";
  }
  static bool may(const Subject& subject, std::string action) {
    return evaluate({.principal = {.kind = PrincipalKind::kUser, .account = subject.account},
                     .action = std::move(action),
                     .resource = "*"},
                    subject.policy_set())
        .allowed;
  }
  AccessKey put_key(const std::string& user_id) {
    AccessKey key;
    write([&](Tables& tables) {
      key = put_access_key(tables.tx, seal, system_random(), TimePoint(), account, user_id);
    });
    return key;
  }
};

TEST_F(DirectoryTest, AKeyLeadsToItsUserAndItsSecret) {
  put_user("AIDA1", "Bob", "/dev/");
  const AccessKey key = put_key("AIDA1");
  const auto holder = run(directory.key(key.id)).value();
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->arn, "arn:aws:iam::123456789012:user/dev/Bob");
  EXPECT_EQ(holder->secret, key.secret);
  EXPECT_TRUE(holder->active);
  EXPECT_FALSE(run(directory.key("AKIANOBODY")).value());
}

TEST_F(DirectoryTest, AKeyThatWasCopiedToAnotherIdOrBelongsToNobodyIsNone) {
  put_user("AIDA1", "Bob");
  const AccessKey key = put_key("AIDA1"), orphan = put_key("AIDA2");
  write([&](Tables& tables) {
    SharedTables(tables.tx).keys.put(Key("AKIACOPY"),
                                     {.account = account, .user_id = "AIDA1", .sealed_secret = key.secret});
  });
  EXPECT_FALSE(run(directory.key("AKIACOPY")).value());
  EXPECT_FALSE(run(directory.key(orphan.id)).value());
}

TEST_F(DirectoryTest, AUserHasWhatItselfAndItsGroupsHave) {
  put_user("AIDA1", "Bob");
  write([&](Tables& tables) {
    tables.inline_policies.put(Key("AIDA1", "own"), {.name = "Own", .document = allow("s3:Own")});
    tables.groups_of.put(Key("AIDA1", "AGPA1"), {});
    tables.ids.put(Key("AGPA1"), {.kind = EntityKind::kGroup, .name = "staff"});
    tables.groups.put(Key("staff"), {.id = "AGPA1", .name = "Staff"});
    tables.inline_policies.put(Key("AGPA1", "group"), {.name = "Group", .document = allow("s3:Group")});
    tables.attached.put(Key("AGPA1", "arn:aws:iam::aws:policy/AWSLambdaExecute"), {});
    tables.policies.put(Key("mine"), {.id = "ANPA1", .name = "Mine", .default_version = 2});
    tables.versions.put(Key("ANPA1", int64_t{1}), {.document = allow("s3:Old")});
    tables.versions.put(Key("ANPA1", int64_t{2}), {.document = allow("s3:New")});
    tables.attached.put(Key("AIDA1", "arn:aws:iam::123456789012:policy/Mine"), {});
    tables.tags.put(Key("AIDA1", "team"), {.key = "Team", .value = "a"});
  });
  const auto user = run(directory.user(account, "AIDA1")).value();
  ASSERT_TRUE(user);
  EXPECT_EQ(names(user->policies),
            (std::vector<std::string>{"Own", "arn:aws:iam::123456789012:policy/Mine", "Group",
                                      "arn:aws:iam::aws:policy/AWSLambdaExecute"}));
  EXPECT_EQ(user->policies[2].holder_name, "Staff");
  EXPECT_EQ(names(run(directory.group(account, "STAFF")).value()->policies),
            (std::vector<std::string>{"Group", "arn:aws:iam::aws:policy/AWSLambdaExecute"}));
  EXPECT_TRUE(may(*user, "s3:New"));
  EXPECT_FALSE(may(*user, "s3:Old")) << "not the default version";
  EXPECT_EQ(user->tags, (std::map<std::string, std::string>{{"Team", "a"}}));
  EXPECT_FALSE(user->boundary.policy);
}

TEST_F(DirectoryTest, NothingIsReadAgainUntilSomethingChanges) {
  put_role({.id = "AROA1", .name = "Worker", .trust_policy = trust()});
  const auto first = run(directory.role(account, "WORKER")).value();
  EXPECT_EQ(run(directory.role(account, "worker")).value(), first);
  LastUse use(*store, system_clock());
  use.note("AROA1", {});
  ASSERT_TRUE(run(use.flush()));
  EXPECT_EQ(run(directory.role(account, "worker")).value(), first) << "its last use is no change";
  write([&](Tables& tables) {
    tables.inline_policies.put(Key("AROA1", "p"), {.name = "P", .document = allow("s3:Get")});
  });
  EXPECT_EQ(names(run(directory.role(account, "worker")).value()->policies), std::vector<std::string>{"P"});
  EXPECT_EQ(run(directory.role_of_id(account, "AROA1")).value()->name, "Worker");
  EXPECT_FALSE(run(directory.role_of_id(account, "AROA2")).value());
  EXPECT_FALSE(run(directory.role("000000000000", "worker")).value()) << "another account's";
}

TEST_F(DirectoryTest, ABoundaryThatIsGoneAllowsNothing) {
  put_role({.id = "AROA1",
            .name = "Worker",
            .boundary = "arn:aws:iam::123456789012:policy/Gone",
            .trust_policy = trust()});
  write([&](Tables& tables) {
    tables.inline_policies.put(Key("AROA1", "p"), {.name = "P", .document = allow("s3:Get")});
  });
  const auto role = run(directory.role(account, "worker")).value();
  ASSERT_TRUE(role->boundary.policy);
  EXPECT_FALSE(may(*role, "s3:Get"));
}

TEST_F(DirectoryTest, AStoredPolicyThatCannotBeReadDeniesEverything) {
  put_user("AIDA1", "Bob");
  write([&](Tables& tables) {
    tables.inline_policies.put(Key("AIDA1", "a"), {.name = "a", .document = allow("s3:Get")});
  });
  EXPECT_TRUE(may(*run(directory.user(account, "AIDA1")).value(), "s3:Get"));
  write(
      [&](Tables& tables) { tables.inline_policies.put(Key("AIDA1", "b"), {.name = "b", .document = "{"}); });
  EXPECT_FALSE(may(*run(directory.user(account, "AIDA1")).value(), "s3:Get"));
}

TEST(CompiledManaged, EveryPolicyOfAwsThatMayBeAttachedSaysSomething) {
  CompiledManaged compiled;
  for (const ManagedPolicy& policy : managed_policies()) {
    // Of those that are for the service's own use some name resources that nobody else may.
    if (policy.path == "/aws-service-role/" || policy.path == "/root-task/") continue;
    const bool denies = policy.name.contains("Deny") || policy.name.contains("Quarantine") ||
                        policy.name.contains("AllowList");
    const auto& statements = compiled.find(policy)->statements();
    EXPECT_TRUE(denies || std::ranges::any_of(statements, &Statement::allows)) << policy.name;
  }
}

TEST_F(DirectoryTest, UseIsWrittenAtMostOnceAMinuteUnlessAllIs) {
  LastUse use(*store, system_clock());
  const auto stored = [&](const std::string& id) {
    auto body = [&](store::Transaction& tx) -> Async<std::optional<UseRecord>> {
      co_return co_await SharedTables(tx).uses.get(Key(id));
    };
    return run(store->read(body)).value();
  };
  EXPECT_FALSE(stored("AKIA1"));
  use.note("AKIA1", {.at = from_epoch_ms(1000), .service = "iam", .region = "us-east-1"});
  use.note("AKIA1", {.at = from_epoch_ms(2000), .service = "sts", .region = "us-east-1"});
  ASSERT_TRUE(run(use.flush()));
  EXPECT_EQ(stored("AKIA1")->at, from_epoch_ms(2000));
  EXPECT_EQ(stored("AKIA1")->service, "sts");
}

}  // namespace
}  // namespace hearth::identity
