// For tests of identity: a store of its own, and records written past the IAM service.
#pragma once
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "identity/accounts.h"
#include "identity/directory.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::identity {

class IdentityTest : public ::testing::Test {
 protected:
  template <typename T>
  T run(Task<T> task) {
    return store::testing::run(loop, std::move(task));
  }
  // Runs `change` (Tables&) as one transaction.
  template <typename Change>
  void write(Change change) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      Tables tables(tx, account);
      change(tables);
      co_return {};
    };
    ASSERT_TRUE(run(store->transact(body)));
  }
  void put_user(const std::string& id, const std::string& name, const std::string& path = "/") {
    write([&](Tables& tables) {
      tables.users.put(store::Key(to_lower(name)), {.id = id, .name = name, .path = path});
      tables.ids.put(store::Key(id), {.kind = EntityKind::kUser, .name = to_lower(name)});
    });
  }
  void put_role(RoleRecord record) {
    write([&](Tables& tables) {
      tables.ids.put(store::Key(record.id), {.kind = EntityKind::kRole, .name = to_lower(record.name)});
      tables.roles.put(store::Key(to_lower(record.name)), record);
    });
  }
  void erase_role(const RoleRecord& record) {
    write([&](Tables& tables) {
      tables.ids.erase(store::Key(record.id));
      tables.roles.erase(store::Key(to_lower(record.name)));
    });
  }

  const std::string account = "123456789012";
  store::testing::TemporaryFolder folder;
  io::Loop loop;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  Seal seal{std::string(32, 'k'), kAccessKeySeal, system_random()};
  Accounts accounts{*store, seal, system_clock(), system_random()};
  Directory directory{*store, seal};
};

}  // namespace hearth::identity
