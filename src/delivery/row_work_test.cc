// Promise: what was acknowledged is never lost: work that a row asks for is done, however often it fails
// first.
#include "delivery/row_work.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "io/task_scope.h"
#include "store/rocks/rocks.h"
#include "store/testing.h"

namespace hearth::delivery {
namespace {

using namespace std::chrono_literals;
using store::testing::run;

const store::Key kRows("work");

class RowWorkTest : public ::testing::Test {
 protected:
  void ask(std::vector<std::string> names) {
    auto write = [&](store::Transaction& tx) -> Async<void> {
      for (const std::string& name : names) tx.put((kRows + store::Key(name)).bytes(), "");
      co_return {};
    };
    ASSERT_TRUE(run(loop, store->transact(write)));
  }

  // Until no row is left.
  void work(size_t at_once) {
    auto body = [&]() -> Task<void> {
      io::TaskScope scope;
      scope.spawn(
          do_rows(*store, system_clock(),
                  {.what = "a test", .rows = kRows, .at_once = at_once, .work = [this](auto key, int tries) {
                     return one(std::move(key), tries);
                   }}));
      if (meanwhile) co_await meanwhile();
      while (co_await rows_left() > 0) co_await io::sleep_for(1ms);
    };
    loop.run_until_done(body());
  }

  Task<size_t> rows_left() {
    auto count = [](store::Transaction& tx) -> Async<size_t> {
      TRY(const store::Page page, co_await tx.scan({.range = kRows.under()}));
      co_return page.rows.size();
    };
    co_return (co_await store->read(count)).value();
  }

  Async<Progress> one(std::string key, int tries) {
    const std::string name = std::get<1>(store::parse_key<std::string, std::string>(key).value());
    begun.push_back(name);
    most = std::max(most, ++running);
    co_await io::sleep_for(5ms);
    --running;
    if (tries <= failures[name]) co_return fail("Trouble", "not yet");
    if (auto& left = turns[name]; !left.empty()) {
      const Progress progress = left.front();
      left.erase(left.begin());
      co_return progress;
    }
    auto erase = [&](store::Transaction& tx) -> Async<void> {
      tx.erase(key);
      co_return {};
    };
    TRY_VOID(co_await store->transact(erase));
    co_return Progress::kDone;
  }

  store::testing::TemporaryFolder folder;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path()}).value();
  io::Loop loop;
  std::map<std::string, int> failures;                 // before it works
  std::map<std::string, std::vector<Progress>> turns;  // before the last
  std::function<Task<void>()> meanwhile;
  std::vector<std::string> begun;
  int running = 0, most = 0;
};

TEST_F(RowWorkTest, RowsThatWereThereBeforeAreDone) {
  ask({"a", "b", "c"});
  work(1);
  EXPECT_EQ(begun, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(most, 1);
}

TEST_F(RowWorkTest, SoManyAreDoneAtATimeAndNoneTwice) {
  ask({"a", "b", "c", "d", "e", "f"});
  work(3);
  std::ranges::sort(begun);
  EXPECT_EQ(begun, (std::vector<std::string>{"a", "b", "c", "d", "e", "f"}));
  EXPECT_EQ(most, 3);
}

TEST_F(RowWorkTest, OneThatFailsIsTriedAgainAndKeepsNoOtherWaiting) {
  failures["a"] = 1;
  ask({"a", "b", "c"});
  work(1);
  EXPECT_EQ(begun, (std::vector<std::string>{"a", "b", "c", "a"}));
}

TEST_F(RowWorkTest, OneWithMoreToDoKeepsNoOtherWaiting) {
  turns["a"] = {Progress::kMore, Progress::kMore};
  ask({"a", "b", "c"});
  work(1);
  EXPECT_EQ(begun, (std::vector<std::string>{"a", "b", "c", "a", "a"}));
}

TEST_F(RowWorkTest, OneThatWaitsForALaterTimeHasNoTurnBefore) {
  turns["a"] = {Progress::kLater};
  ask({"a", "b"});
  const auto began = system_clock().steady_now();
  work(1);
  EXPECT_EQ(begun, (std::vector<std::string>{"a", "b", "a"}));
  EXPECT_GE(system_clock().steady_now() - began, 1s);
}

// `a` is done for now and stays: `b`, which comes later, wakes it.
TEST_F(RowWorkTest, OneThatIsDoneAndThereHasATurnOnceARowIsWritten) {
  turns["a"] = {Progress::kDone};
  ask({"a"});
  std::vector<std::string> before;
  auto later = [&]() -> Task<void> {
    co_await io::sleep_for(50ms);
    before = begun;
    auto write = [&](store::Transaction& tx) -> Async<void> {
      tx.put((kRows + store::Key("b")).bytes(), "");
      co_return {};
    };
    EXPECT_TRUE(co_await store->transact(write));
  };
  meanwhile = later;
  work(1);
  EXPECT_EQ(before, std::vector<std::string>{"a"});
  std::ranges::sort(begun);
  EXPECT_EQ(begun, (std::vector<std::string>{"a", "a", "b"}));
}

}  // namespace
}  // namespace hearth::delivery
