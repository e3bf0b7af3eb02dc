// Promise: your AWS code runs unchanged: what a name leads to is what was last acknowledged.
#include "services/lambda/targets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "services/lambda/claims.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::services::lambda {
namespace {

using store::Key;

class TargetsTest : public ::testing::Test {
 protected:
  template <typename Change>
  void write(Change change) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      change(tx);
      co_return {};
    };
    ASSERT_TRUE(store::testing::run(loop, store->transact(body)));
  }
  void put_function(const std::string& name, int64_t memory_mib) {
    write([&](store::Transaction& tx) {
      Tables(tx, account, region).functions.put(Key(name), {.latest = {.memory_mib = memory_mib}});
    });
  }
  Result<TargetPtr> find(const std::string& name, const std::string& qualifier = "") {
    return store::testing::run(loop, targets.find({account, region, name, qualifier}));
  }
  int64_t memory_of(const std::string& name) { return (*find(name))->resolved.version.memory_mib; }

  const std::string account = "123456789012";
  const std::string region = "us-east-1";
  store::testing::TemporaryFolder folder;
  io::Loop loop;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path() + "/state"}).value();
  Targets targets{*store, system_random()};
};

TEST_F(TargetsTest, AnUnchangedFunctionIsNotReadAgain) {
  put_function("f", 128);
  const auto first = find("f");
  EXPECT_EQ(*find("f"), *first);
  write([](store::Transaction& tx) { tx.put(Key("logs", "row").bytes(), ""); });
  EXPECT_EQ(*find("f"), *first) << "what others write does not count";
}

TEST_F(TargetsTest, EveryAcknowledgedChangeIsSeenAtOnce) {
  for (int64_t memory_mib = 128; memory_mib < 178; ++memory_mib) {
    put_function("f", memory_mib);
    EXPECT_EQ(memory_of("f"), memory_mib);
    EXPECT_EQ(memory_of("f"), memory_mib);
  }
  write([&](store::Transaction& tx) { change_claims(tx, {account, region, "f"}, 7); });
  EXPECT_EQ((*find("f"))->claimed_in_account, 7);
  write([&](store::Transaction& tx) { Tables(tx, account, region).functions.erase(Key("f")); });
  EXPECT_EQ(find("f").error().code, "ResourceNotFoundException");
}

TEST_F(TargetsTest, AnAliasWithTwoVersionsIsNotKeptToOne) {
  put_function("f", 128);
  write([&](store::Transaction& tx) {
    Tables tables(tx, account, region);
    tables.versions.put(Key("f", int64_t{1}), {.version = "1"});
    tables.versions.put(Key("f", int64_t{2}), {.version = "2"});
    tables.aliases.put(Key("f", "live"), {.version = "1", .extra_version = "2", .extra_weight = 0.5});
  });
  std::set<std::string> seen;
  for (int i = 0; i < 64; ++i) seen.insert((*find("f", "live"))->resolved.version.version);
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(TargetsTest, MoreNamesThanAreKeptAreFoundAndNotKept) {
  put_function("f", 128);
  for (int i = 0; i < 6000; ++i) EXPECT_FALSE(find("f", "alias-" + std::to_string(i)));
  write([&](store::Transaction& tx) {
    for (int i = 0; i < 6000; ++i) {
      Tables(tx, account, region).aliases.put(Key("f", "a" + std::to_string(i)), {.version = "$LATEST"});
    }
  });
  std::vector<std::weak_ptr<const Target>> found;
  for (int i = 0; i < 6000; ++i) found.push_back(find("f", "a" + std::to_string(i)).value());
  const auto kept = std::ranges::count_if(found, [](const auto& one) { return !one.expired(); });
  EXPECT_GT(kept, 0);
  EXPECT_LE(kept, 16 * 256);
}

}  // namespace
}  // namespace hearth::services::lambda
