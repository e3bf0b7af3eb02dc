// Promise: what was acknowledged is never lost (and happens as if one transaction came after the other).
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "base/random.h"
#include "io/future.h"
#include "io/loops.h"
#include "io/task_scope.h"
#include "store/rocks/rocks.h"
#include "store/store.h"
#include "store/testing.h"

namespace hearth::store {
namespace {

// List-append: every transaction reads some lists and appends its number to others. Since a list tells in
// which order it grew, the history's dependencies are known exactly: a cycle among them is a violation.
constexpr size_t kLists = 6;
constexpr int kWorkers = 8;
constexpr int kTransactionsEach = 150;

using List = std::vector<int>;

struct Observation {
  int id = 0;
  std::map<size_t, List> reads;  // by list; a scan reads them all
  std::vector<size_t> appends;
};

std::string list_key(size_t list) {
  return Key("list", list).bytes();
}

List parse_list(const std::optional<std::string>& text) {
  List list;
  if (!text) return list;
  for (size_t at = 0; at < text->size(); at += 4) {
    int id;
    std::memcpy(&id, text->data() + at, 4);
    list.push_back(id);
  }
  return list;
}

std::string with(const List& list, int id) {
  std::string text(list.size() * 4 + 4, '\0');
  if (!list.empty()) std::memcpy(text.data(), list.data(), list.size() * 4);
  std::memcpy(text.data() + list.size() * 4, &id, 4);
  return text;
}

class History {
 public:
  explicit History(Store& store) : store_(store) {}

  Task<void> worker(int number) {
    for (int i = 0; i < kTransactionsEach; ++i) {
      Observation seen{.id = number * kTransactionsEach + i + 1};
      auto body = [&](Transaction& tx) -> Async<void> {
        seen.reads.clear();
        seen.appends.clear();
        Random& random = system_random();
        if (random.below(3) == 0) TRY_VOID(co_await scan_all(tx, seen));
        for (size_t n = random.below(3); n > 0; --n)
          TRY_VOID(co_await read_one(tx, random.below(kLists), seen));
        if (random.below(4) == 0) co_await io::yield_now();
        const size_t list = random.below(kLists);
        TRY_VOID(co_await read_one(tx, list, seen));
        tx.put(list_key(list), with(seen.reads[list], seen.id));
        seen.appends.push_back(list);
        co_return Status();
      };
      const Status done =
          co_await store_.transact(body, {.deadline = std::chrono::seconds(60), .attempts_max = 1000});
      EXPECT_TRUE(done) << done.error().code;
      const std::lock_guard lock(mutex_);
      seen_.push_back(std::move(seen));
    }
  }

  // Empty, or what is wrong with the history given how the lists ended.
  std::string verdict(const std::map<size_t, List>& final_lists) const {
    std::map<int, std::set<int>> after;  // whom each transaction must precede
    for (const Observation& seen : seen_) {
      for (const auto& [list, read] : seen.reads) {
        const List& whole = final_lists.at(list);
        if (read.size() > whole.size() || !std::equal(read.begin(), read.end(), whole.begin())) {
          return "a read that is no prefix of the list";
        }
        if (!read.empty()) after[read.back()].insert(seen.id);
        if (read.size() < whole.size() && whole[read.size()] != seen.id)
          after[seen.id].insert(whole[read.size()]);
      }
      for (const size_t list : seen.appends) {
        if (std::ranges::count(final_lists.at(list), seen.id) != 1) return "an append lost or done twice";
      }
    }
    for (const auto& [list, ids] : final_lists) {
      for (size_t i = 1; i < ids.size(); ++i) after[ids[i - 1]].insert(ids[i]);
    }
    return has_cycle(after) ? "transactions that each come before the other" : "";
  }

 private:
  static Async<void> read_one(Transaction& tx, size_t list, Observation& seen) {
    TRY(const auto text, co_await tx.get(list_key(list)));
    seen.reads[list] = parse_list(text);
    co_return Status();
  }
  static Async<void> scan_all(Transaction& tx, Observation& seen) {
    TRY(const Page page, co_await tx.scan({.range = Key("list").under()}));
    for (size_t list = 0; list < kLists; ++list) seen.reads[list] = {};
    for (const Row& row : page.rows) {
      TRY(const auto parts, parse_key<std::string, uint64_t>(row.key));
      seen.reads[std::get<1>(parts)] = parse_list(row.value);
    }
    co_return Status();
  }
  // Takes away who precedes nobody that is left; what stays is a cycle.
  static bool has_cycle(const std::map<int, std::set<int>>& after) {
    std::map<int, int> waits;
    for (const auto& [from, to] : after) {
      waits.try_emplace(from, 0);
      for (const int id : to) ++waits[id];
    }
    std::vector<int> free;
    for (const auto& [id, count] : waits) {
      if (count == 0) free.push_back(id);
    }
    size_t gone = 0;
    for (; !free.empty(); ++gone) {
      const int id = free.back();
      free.pop_back();
      const auto found = after.find(id);
      if (found == after.end()) continue;
      for (const int next : found->second) {
        if (--waits[next] == 0) free.push_back(next);
      }
    }
    return gone != waits.size();
  }

  Store& store_;
  std::mutex mutex_;
  std::vector<Observation> seen_;

  friend class HistoryCheck;
  FRIEND_TEST(Serializability, TheCheckerFindsWriteSkew);
};

TEST(Serializability, TheCheckerFindsWriteSkew) {
  testing::TemporaryFolder folder;
  const auto store = rocks::open({.folder = folder.path() + "/state"}).value();
  History history(*store);
  // Each read the other's list before it grew.
  history.seen_ = {{.id = 1, .reads = {{0, {}}}, .appends = {1}},
                   {.id = 2, .reads = {{1, {}}}, .appends = {0}}};
  EXPECT_EQ(history.verdict({{0, {2}}, {1, {1}}}), "transactions that each come before the other");
  EXPECT_EQ(history.verdict({{0, {2}}, {1, {}}}), "an append lost or done twice");
  history.seen_.pop_back();
  EXPECT_EQ(history.verdict({{0, {2}}, {1, {1}}}), "");
}

TEST(Serializability, RandomConcurrentHistoriesHaveNoCycle) {
  testing::TemporaryFolder folder;
  const auto store = rocks::open({.folder = folder.path() + "/state"}).value();
  History history(*store);
  std::atomic<int> running = 2;
  {
    io::Loops loops(2);
    io::Future<bool> finished;
    std::vector<std::unique_ptr<io::TaskScope>> scopes(2);
    auto all = [&](size_t loop) -> Task<void> {
      io::TaskScope workers;
      for (int i = 0; i < kWorkers; ++i) workers.spawn(history.worker(static_cast<int>(loop) * kWorkers + i));
      co_await workers.drained();
      if (--running == 0) finished.promise().set(true);
    };
    loops.start();
    for (size_t i = 0; i < 2; ++i) {
      scopes[i] = std::make_unique<io::TaskScope>();
      loops[i].post([&, i] { scopes[i]->spawn(all(i)); });
    }
    io::Loop here;
    auto wait = [&]() -> Task<void> { (void)co_await finished; };
    here.run_until_done(wait());
    loops.stop();
  }
  std::map<size_t, List> final_lists;
  io::Loop loop;
  for (size_t list = 0; list < kLists; ++list) {
    auto body = [&](Transaction& tx) { return tx.get(list_key(list)); };
    final_lists[list] = parse_list(testing::run(loop, store->read(body)).value());
  }
  EXPECT_EQ(history.verdict(final_lists), "");
}

// Two rows that must not both be taken: each transaction reads both and takes one if none is.
TEST(Serializability, NoWriteSkewAndNoPhantoms) {
  testing::TemporaryFolder folder;
  const auto store = rocks::open({.folder = folder.path() + "/state"}).value();
  io::Loop loop;
  int violations = 0;
  for (int round = 0; round < 100; ++round) {
    auto take = [&](int self) -> Task<void> {
      auto body = [&](Transaction& tx) -> Async<void> {
        TRY(const Page taken, co_await tx.scan({.range = Key("duty", round).under()}));
        co_await io::yield_now();
        if (taken.rows.empty()) tx.put(Key("duty", round, self).bytes(), "");
        co_return Status();
      };
      (void)co_await store->transact(body);
    };
    auto both = [&]() -> Task<void> {
      io::TaskScope scope;
      scope.spawn(take(1));
      scope.spawn(take(2));
      co_await scope.drained();
    };
    loop.run_until_done(both());
    auto count = [&](Transaction& tx) { return tx.scan({.range = Key("duty", round).under()}); };
    violations += testing::run(loop, store->read(count))->rows.size() != 1;
  }
  EXPECT_EQ(violations, 0);
}

}  // namespace
}  // namespace hearth::store
