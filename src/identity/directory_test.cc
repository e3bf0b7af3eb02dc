// Promise: every call is authorized by what the account's policies say now.
#include "identity/directory.h"

#include "identity/last_use.h"
#include "identity/testing.h"

namespace hearth::identity {
namespace {

using store::Key;

class DirectoryTest : public IdentityTest {
 protected:
  std::vector<std::string> names(const std::vector<NamedPolicy>& policies) {
    std::vector<std::string> out;
    for (const NamedPolicy& policy : policies) out.push_back(policy.name);
    return out;
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
    tables.inline_policies.put(Key("AIDA1", "own"), {.name = "Own", .document = "{1}"});
    tables.groups_of.put(Key("AIDA1", "AGPA1"), {});
    tables.inline_policies.put(Key("AGPA1", "group"), {.name = "Group", .document = "{2}"});
    tables.attached.put(Key("AGPA1", "arn:aws:iam::aws:policy/AdministratorAccess"), {});
    tables.policies.put(Key("mine"), {.id = "ANPA1", .name = "Mine", .default_version = 2});
    tables.versions.put(Key("ANPA1", int64_t{1}), {.document = "{old}"});
    tables.versions.put(Key("ANPA1", int64_t{2}), {.document = "{new}"});
    tables.attached.put(Key("AIDA1", "arn:aws:iam::123456789012:policy/Mine"), {});
    tables.tags.put(Key("AIDA1", "team"), {.key = "Team", .value = "a"});
  });
  const auto user = run(directory.user(account, "AIDA1")).value();
  ASSERT_TRUE(user);
  EXPECT_EQ(names(user->policies),
            (std::vector<std::string>{"Own", "arn:aws:iam::123456789012:policy/Mine", "Group",
                                      "arn:aws:iam::aws:policy/AdministratorAccess"}));
  EXPECT_EQ(user->policies[1].document, "{new}");
  EXPECT_EQ(user->tags, (std::map<std::string, std::string>{{"Team", "a"}}));
  EXPECT_FALSE(user->boundary);
}

TEST_F(DirectoryTest, NothingIsReadAgainUntilSomethingChanges) {
  put_role({.id = "AROA1", .name = "Worker", .trust_policy = "{}"});
  const auto first = run(directory.role(account, "WORKER")).value();
  EXPECT_EQ(run(directory.role(account, "worker")).value(), first);
  LastUse use(*store, system_clock());
  use.note("AROA1", {});
  ASSERT_TRUE(run(use.flush()));
  EXPECT_EQ(run(directory.role(account, "worker")).value(), first) << "its last use is no change";
  write([&](Tables& tables) {
    tables.inline_policies.put(Key("AROA1", "p"), {.name = "P", .document = "{}"});
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
            .trust_policy = "{}"});
  const auto role = run(directory.role(account, "worker")).value();
  ASSERT_TRUE(role->boundary);
  EXPECT_EQ(role->boundary->document, R"({"Version":"2012-10-17","Statement":[]})");
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
