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

  Async<void> one(std::string key, int tries) {
    const std::string name = std::get<1>(store::parse_key<std::string, std::string>(key).value());
    begun.push_back(name);
    most = std::max(most, ++running);
    co_await io::sleep_for(5ms);
    --running;
    if (tries <= failures[name]) co_return fail("Trouble", "not yet");
    auto erase = [&](store::Transaction& tx) -> Async<void> {
      tx.erase(key);
      co_return {};
    };
    co_return co_await store->transact(erase);
  }

  store::testing::TemporaryFolder folder;
  std::unique_ptr<store::Store> store = store::rocks::open({.folder = folder.path()}).value();
  io::Loop loop;
  std::map<std::string, int> failures;
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

}  // namespace
}  // namespace hearth::delivery
