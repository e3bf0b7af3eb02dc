// Promise: what was acknowledged is never lost.
// What every back end must do, run against each there is.
#include <gtest/gtest.h>

#include <numeric>

#include "io/task_scope.h"
#include "store/held_lease.h"
#include "store/rocks/rocks.h"
#include "store/store.h"
#include "store/table.h"
#include "store/testing.h"
#include "store/walk.h"

namespace hearth::store {
namespace {

using namespace std::chrono_literals;
using testing::run;
using Open = std::unique_ptr<Store> (*)(const std::string& folder);

class Contract : public ::testing::TestWithParam<Open> {
 protected:
  std::string value(const std::string& key) {
    auto body = [&](Transaction& tx) { return tx.get(key); };
    return run(loop, store->read(body)).value().value_or("(none)");
  }
  Status put(std::string key, std::string text) {
    auto body = [&](Transaction& tx) -> Async<void> {
      tx.put(key, text);
      co_return Status();
    };
    return run(loop, store->transact(body));
  }
  Result<Page> scan(ScanOptions options) {
    auto body = [&](Transaction& tx) { return tx.scan(options); };
    return run(loop, store->read(body));
  }

  testing::TemporaryFolder folder;
  io::Loop loop;
  std::unique_ptr<Store> store = GetParam()(folder.path());
};

std::string keys_of(const Page& page) {
  std::string keys;
  for (const Row& row : page.rows) keys += row.key + "=" + row.value + " ";
  return keys + (page.more ? "+" : "");
}

TEST_P(Contract, AWriteIsSeenByTheNextRead) {
  EXPECT_EQ(value("a"), "(none)");
  ASSERT_TRUE(put("a", "1"));
  EXPECT_EQ(value("a"), "1");
  ASSERT_TRUE(put("a", ""));
  EXPECT_EQ(value("a"), "");
}

TEST_P(Contract, ATransactionSeesItsOwnWritesAndAFailedBodyLeavesNone) {
  for (const char* key : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(put(key, "0"));
  auto body = [&](Transaction& tx) -> Async<std::string> {
    tx.erase("a");
    tx.erase_range({"c", "e"});
    tx.put("d", "new");
    tx.put("b1", "new");
    tx.add("n", 5);
    tx.add("n", -2);
    TRY(const Page forward, co_await tx.scan({.range = {"a", "f"}, .rows_max = 3}));
    TRY(const Page back, co_await tx.scan({.range = {"a", "f"}, .rows_max = 2, .reverse = true}));
    TRY(const auto values, co_await tx.multi_get({"a", "c", "d", "n"}));
    EXPECT_FALSE(values[0] || values[1]);
    EXPECT_EQ(values[2], "new");
    EXPECT_EQ(counter_value(*values[3]), 3);
    EXPECT_EQ(keys_of(forward), "b=0 b1=new d=new +");
    EXPECT_EQ(keys_of(back), "e=0 d=new +");
    co_return fail("Refused", "by the body");
  };
  EXPECT_EQ(run(loop, store->transact(body)).error().code, "Refused");
  EXPECT_EQ(keys_of(*scan({.range = {"a", "z"}})), "a=0 b=0 c=0 d=0 e=0 ");
}

TEST_P(Contract, ScansStopAtTheirLimitsInBothDirections) {
  for (const char* key : {"a", "b", "c", "d"}) ASSERT_TRUE(put(key, "12345"));
  EXPECT_EQ(keys_of(*scan({.range = {"b", "d"}})), "b=12345 c=12345 ");
  EXPECT_EQ(keys_of(*scan({.range = {"a", "z"}, .rows_max = 2})), "a=12345 b=12345 +");
  EXPECT_EQ(keys_of(*scan({.range = {"a", "z"}, .rows_max = 4})), "a=12345 b=12345 c=12345 d=12345 ");
  EXPECT_EQ(keys_of(*scan({.range = {"a", "z"}, .rows_max = 1, .reverse = true})), "d=12345 +");
  EXPECT_EQ(keys_of(*scan({.range = {"a", "z"}, .bytes_max = 7})), "a=12345 b=12345 +");
}

// Runs `second` to its commit between the reads and the commit of `first`, once.
template <typename First, typename Second>
int attempts_of(io::Loop& loop, Store& store, First& first, Second& second) {
  int attempts = 0;
  auto body = [&](Transaction& tx) -> Async<void> {
    TRY_VOID(co_await first(tx));
    if (++attempts == 1) TRY_VOID(co_await store.transact(second));
    co_return Status();
  };
  EXPECT_TRUE(run(loop, store.transact(body)));
  return attempts;
}

TEST_P(Contract, AChangedReadRunsTheBodyAgain) {
  auto reads = [](Transaction& tx) -> Async<void> {
    TRY(const auto row, co_await tx.get("a"));
    tx.put("copy", row.value_or("none"));
    co_return Status();
  };
  auto writes = [](Transaction& tx) -> Async<void> {
    tx.put("a", "new");
    co_return Status();
  };
  EXPECT_EQ(attempts_of(loop, *store, reads, writes), 2);
  EXPECT_EQ(value("copy"), "new");
}

TEST_P(Contract, ARowThatAppearsInAScannedRangeRunsTheBodyAgainAndOneBehindThePageDoesNot) {
  ASSERT_TRUE(put("r1", ""));
  ASSERT_TRUE(put("r5", ""));
  auto reads = [](Transaction& tx) -> Async<void> {
    TRY_VOID(co_await tx.scan({.range = {"r", "s"}, .rows_max = 1}));
    tx.put("x", "");
    co_return Status();
  };
  std::string key = "r0";
  auto writes = [&](Transaction& tx) -> Async<void> {
    tx.put(key, "");
    co_return Status();
  };
  EXPECT_EQ(attempts_of(loop, *store, reads, writes), 2);
  key = "r7";
  EXPECT_EQ(attempts_of(loop, *store, reads, writes), 1);
}

TEST_P(Contract, ErasedRangesAndStampedKeysAndDeclaredWritesConflictWithTheirReaders) {
  ASSERT_TRUE(put("r1", ""));
  auto reads = [](Transaction& tx) -> Async<void> {
    TRY_VOID(co_await tx.get("r1"));
    TRY_VOID(co_await tx.scan({.range = Key("log").under()}));
    tx.put("x", "");
    co_return Status();
  };
  auto erases = [](Transaction& tx) -> Async<void> {
    tx.erase_range({"r", "s"});
    co_return Status();
  };
  auto stamps = [](Transaction& tx) -> Async<void> {
    tx.put_stamped_key(Key("log").bytes(), "", "");
    co_return Status();
  };
  auto declares = [](Transaction& tx) -> Async<void> {
    tx.add_write_conflict({"r", "s"});
    co_return Status();
  };
  EXPECT_EQ(attempts_of(loop, *store, reads, erases), 2);
  EXPECT_EQ(attempts_of(loop, *store, reads, stamps), 2);
  EXPECT_EQ(attempts_of(loop, *store, reads, declares), 2);
}

TEST_P(Contract, SnapshotReadsAndAddsDoNotConflict) {
  auto reads = [](Transaction& tx) -> Async<void> {
    TRY_VOID(co_await tx.get("n", Isolation::kSnapshot));
    tx.add("n", 1);
    co_return Status();
  };
  auto adds = [](Transaction& tx) -> Async<void> {
    tx.add("n", 10);
    co_return Status();
  };
  EXPECT_EQ(attempts_of(loop, *store, reads, adds), 1);
  EXPECT_EQ(counter_value(value("n")), 11);
}

TEST_P(Contract, AConflictThatStaysIsTold) {
  auto writes = [](Transaction& tx) -> Async<void> {
    tx.put("a", "x");
    co_return Status();
  };
  auto body = [&](Transaction& tx) -> Async<void> {
    TRY_VOID(co_await tx.get("a"));
    TRY_VOID(co_await store->transact(writes));
    tx.put("b", "");
    co_return Status();
  };
  EXPECT_EQ(run(loop, store->transact(body, {.attempts_max = 3})).error().code, "StoreConflict");
  EXPECT_EQ(value("b"), "(none)");
}

// Each reads what all write; by attempts alone some would meet others until theirs were used up.
TEST_P(Contract, WritersOfOneRowGoInTurn) {
  constexpr int kWriters = 40;
  constexpr int kTimes = 25;
  int refused = 0;
  auto increment = [](Transaction& tx) -> Async<void> {
    TRY(const auto bytes, co_await tx.get("hot"));
    tx.put("hot", std::to_string(bytes ? std::stoi(*bytes) + 1 : 1));
    co_return Status();
  };
  auto writer = [&]() -> Task<void> {
    for (int i = 0; i < kTimes; ++i) {
      const Status done = co_await store->transact(increment, {.attempts_max = 4});
      if (!done) ++refused;
    }
  };
  auto all = [&]() -> Async<void> {
    io::TaskScope scope;
    for (int i = 0; i < kWriters; ++i) scope.spawn(writer());
    co_await scope.drained();
    co_return Status();
  };
  ASSERT_TRUE(run(loop, all()));
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(value("hot"), std::to_string(kWriters * kTimes));
}

TEST_P(Contract, StampsFollowTheOrderOfCommits) {
  for (int i = 0; i < 3; ++i) {
    auto body = [&](Transaction& tx) -> Async<void> {
      tx.put_stamped_key(Key("log").bytes(), Key("s").bytes(), std::to_string(2 * i));
      tx.put_stamped_key(Key("log").bytes(), Key("s").bytes(), std::to_string(2 * i + 1));
      tx.put_stamped_value("last", "at:");
      co_return Status();
    };
    ASSERT_TRUE(run(loop, store->transact(body)));
  }
  const Page page = *scan({.range = Key("log").under()});
  std::string order;
  for (const Row& row : page.rows) order += row.value;
  EXPECT_EQ(order, "012345");
  const auto last = parse_key<std::string, Stamp, std::string>(page.rows.back().key);
  ASSERT_TRUE(last);
  const Stamp third{std::get<1>(*last).version, 2};
  EXPECT_EQ(value("last"), "at:" + third.bytes());
}

TEST_P(Contract, AWriterIsToldTheVersionOfItsStamps) {
  uint64_t version = 0;
  auto body = [&](Transaction& tx) -> Async<void> {
    tx.put_stamped_key(Key("log").bytes(), {}, "1");
    co_return Status();
  };
  ASSERT_TRUE(run(loop, store->transact(body, {.version = &version})));
  const Page page = *scan({.range = Key("log").under()});
  EXPECT_EQ(page.rows.at(0).key, (Key("log") + Key(Stamp{version, 0})).bytes());
  auto nothing = [](Transaction&) -> Async<void> { co_return Status(); };
  ASSERT_TRUE(run(loop, store->transact(nothing, {.version = &version})));
  EXPECT_EQ(version, 0u);
}

TEST_P(Contract, ExpectationsDecideAgainstTheStoreAndNotTheOwnWrites) {
  const auto attempt = [&](std::optional<std::string> expected) {
    auto body = [&](Transaction& tx) -> Async<void> {
      tx.put("a", "1");
      tx.expect("a", expected);
      co_return Status();
    };
    return run(loop, store->transact(body));
  };
  EXPECT_EQ(attempt("1").error().code, "StorePrecondition");
  EXPECT_TRUE(attempt(std::nullopt));
  EXPECT_EQ(attempt(std::nullopt).error().code, "StorePrecondition");
  EXPECT_TRUE(attempt("1"));
}

TEST_P(Contract, WhatIsTooLargeIsRefusedWhole) {
  const auto refused = [&](std::string key, std::string text) {
    auto body = [&](Transaction& tx) -> Async<void> {
      tx.put("small", "");
      tx.put(key, text);
      co_return Status();
    };
    return run(loop, store->transact(body)).error().code;
  };
  EXPECT_EQ(refused(std::string(4097, 'k'), ""), "StoreTooLarge");
  EXPECT_EQ(refused("k", std::string(4 * 1024 * 1024 + 1, 'v')), "StoreTooLarge");
  EXPECT_EQ(value("small"), "(none)");
  EXPECT_TRUE(put(std::string(4096, 'k'), std::string(4 * 1024 * 1024, 'v')));
}

TEST_P(Contract, ALeaseHasOneHolderAndFencesTheFormerOne) {
  const Lease first = run(loop, store->acquire_lease("shard-1", "node-a", 60s)).value();
  EXPECT_EQ(run(loop, store->acquire_lease("shard-1", "node-b", 60s)).error().code, "StoreLeaseHeld");
  EXPECT_TRUE(run(loop, store->renew_lease(first, 60s)));
  const auto work = [&](const Lease& lease) {
    auto body = [&](Transaction& tx) -> Async<void> {
      tx.fence(lease);
      tx.put("work", lease.holder);
      co_return Status();
    };
    return run(loop, store->transact(body));
  };
  EXPECT_TRUE(work(first));
  ASSERT_TRUE(run(loop, store->release_lease(first)));
  const Lease second = run(loop, store->acquire_lease("shard-1", "node-b", 0ms)).value();
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_EQ(work(first).error().code, "StoreFenced");
  EXPECT_EQ(run(loop, store->renew_lease(first, 60s)).error().code, "StoreFenced");
  EXPECT_TRUE(run(loop, store->acquire_lease("shard-1", "node-c", 60s))) << "the second ran out at once";
  EXPECT_EQ(work(second).error().code, "StoreFenced");
}

TEST_P(Contract, AHeldLeaseIsOursUntilAnotherHasItAndIsGivenBackAtTheEnd) {
  HeldLease ours(*store, system_clock(), "work", "node-a", 60s);
  HeldLease theirs(*store, system_clock(), "work", "node-b", 60s);
  EXPECT_TRUE(run(loop, ours.hold()).value());
  EXPECT_TRUE(run(loop, ours.hold()).value());
  EXPECT_FALSE(run(loop, theirs.hold()).value());
  ASSERT_TRUE(run(loop, ours.release()));
  EXPECT_TRUE(run(loop, theirs.hold()).value());
  EXPECT_GT(theirs.lease().epoch, 0U);
  EXPECT_FALSE(run(loop, ours.hold()).value());
  EXPECT_TRUE(run(loop, ours.release())) << "there is nothing to give back";
}

TEST_P(Contract, ALeaseThatWasLostIsNotGivenBack) {
  HeldLease ours(*store, system_clock(), "work", "node-a", 0ms);
  EXPECT_TRUE(run(loop, ours.hold()).value());
  const Lease other = run(loop, store->acquire_lease("work", "node-b", 60s)).value();
  EXPECT_TRUE(run(loop, ours.release()));
  EXPECT_TRUE(run(loop, store->renew_lease(other, 60s)));
}

TEST_P(Contract, AWatchWakesForWhatIsUnderItsPrefixAndForNothingElse) {
  Watch watch = store->watch(Key("q").bytes());
  const auto soon = [&] { return loop.now() + 20ms; };
  ASSERT_TRUE(put(Key("r", 1).bytes(), ""));
  EXPECT_FALSE(run(loop, watch.changed(soon())));
  ASSERT_TRUE(put(Key("q", 1).bytes(), ""));
  EXPECT_TRUE(run(loop, watch.changed(soon())));
  EXPECT_FALSE(run(loop, watch.changed(soon())));
  // And one that waits already.
  auto writes = [](Transaction& tx) -> Async<void> {
    tx.erase_range(Key("q").under());
    co_return Status();
  };
  auto writer = [&]() -> Task<void> { EXPECT_TRUE(co_await store->transact(writes)); };
  io::TaskScope scope;
  loop.post([&] { scope.spawn(writer()); });
  EXPECT_TRUE(run(loop, watch.changed(loop.now() + 10s)));
  auto drained = scope.drained();
  loop.run_until_done(std::move(drained));
}

TEST_P(Contract, ACommitAfterItsDeadlineDoesNotHappen) {
  auto body = [&](Transaction& tx) -> Async<void> {
    co_await io::sleep_for(5ms);
    tx.put("late", "");
    co_return Status();
  };
  EXPECT_EQ(run(loop, store->transact(body, {.deadline = 1ms})).error().code, "StoreDeadline");
  EXPECT_EQ(value("late"), "(none)");
}

TEST_P(Contract, CancelledCommitsLeaveTheStoreWorking) {
  for (int i = 0; i < 200; ++i) {
    io::TaskScope scope;
    auto body = [&](Transaction& tx) -> Async<void> {
      tx.put("a", std::to_string(i));
      co_return Status();
    };
    auto caller = [&]() -> Task<void> { (void)co_await store->transact(body); };
    auto start = [&]() -> Task<void> {
      scope.spawn(caller());
      if (i % 2 == 0) co_await io::yield_now();
      scope.cancel();
    };
    loop.run_until_done(start());
  }
  EXPECT_TRUE(put("a", "end"));
  EXPECT_EQ(value("a"), "end");
}

struct Thing {
  std::string name;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
  }
};

TEST_P(Contract, ATableListsItsRecordsPageByPage) {
  auto body = [&](Transaction& tx) -> Async<std::string> {
    Table<Thing> things(tx, Key("things", 1));
    for (int i = 0; i < 5; ++i) things.put(Key("g", i), Thing{std::to_string(i)});
    Table<Thing>(tx, Key("things", 2)).put(Key("g", 0), Thing{"other"});
    std::string names;
    ListOptions options{.under = Key("g"), .rows_max = 2};
    do {
      TRY(auto page, co_await things.list(options));
      for (const auto& entry : page.entries) names += entry.record.name;
      names += "|";
      options.after = page.next;
    } while (!options.after.empty());
    TRY(const size_t count, co_await things.count(Key()));
    TRY(const auto backwards, co_await things.list({.rows_max = 2, .reverse = true}));
    TRY(const auto rest, co_await things.list({.after = backwards.next, .reverse = true}));
    co_return names + std::to_string(count) + backwards.entries[1].record.name + rest.entries[0].record.name;
  };
  EXPECT_EQ(run(loop, store->transact(body)).value(), "01|23|4|532");
}

TEST_P(Contract, AWalkFindsOnceWhatIsThereAllTheWhileOverManyPages) {
  constexpr int64_t kRows = 2500;
  const auto all = [](Transaction& tx) -> Async<void> {
    for (int64_t number = 0; number < kRows; ++number) tx.put(Key("walked", number).bytes(), "");
    tx.put(Key("walkee", int64_t{0}).bytes(), "");
    co_return {};
  };
  ASSERT_TRUE(run(loop, store->transact(all)));
  const auto change = [](Transaction& tx) -> Async<void> {
    tx.erase(Key("walked", int64_t{0}).bytes());
    tx.erase(Key("walked", kRows - 1).bytes());
    co_return {};
  };
  auto walk_all = [&]() -> Async<std::vector<int64_t>> {
    std::vector<int64_t> found;
    Walk walk(*store, Key("walked").under());
    for (;;) {
      TRY(const auto rows, co_await walk.next());
      if (rows.empty()) break;
      for (const Row& row : rows) {
        TRY(const auto key, (parse_key<std::string, int64_t>(row.key)));
        found.push_back(std::get<1>(key));
      }
      TRY_VOID(co_await store->transact(change));
    }
    TRY(const auto after, co_await walk.next());
    EXPECT_TRUE(after.empty()) << "it begins again";
    co_return found;
  };
  std::vector<int64_t> expected(kRows - 1);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(run(loop, walk_all()).value(), expected);
}

std::unique_ptr<Store> open_rocks(const std::string& folder) {
  return rocks::open({.folder = folder + "/state", .block_cache_bytes = 1024 * 1024}).value();
}

INSTANTIATE_TEST_SUITE_P(Rocks, Contract, ::testing::Values(&open_rocks));

}  // namespace
}  // namespace hearth::store
