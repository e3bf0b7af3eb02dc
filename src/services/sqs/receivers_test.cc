// Promise: your AWS code runs unchanged: who waits for a message gets it when it comes, and nobody waits in
// vain.
#include "services/sqs/receivers.h"

#include "io/task_scope.h"
#include "services/sqs/testing.h"

namespace hearth::services::sqs {
namespace {

using std::chrono::seconds;

class Waiting : public SqsTest {
 protected:
  // One that waits, in `scope`; what it got, or was refused with, goes to the end of `outcomes`.
  void wait_for(io::TaskScope& scope, Receivers& receivers, const std::string& name, size_t count,
                seconds wait) {
    auto one = [](Waiting& test, Receivers& from, QueueRef ref, uint64_t id, size_t wanted,
                  seconds time) -> Task<void> {
      auto got = co_await from.receive(std::move(ref), id, {.count = wanted}, time);
      test.outcomes.push_back(got ? std::to_string(got->claims.size()) : got.error().code);
    };
    scope.spawn(one(*this, receivers, ref(name), ids[name], count, wait));
  }
  void make(const std::string& name) {
    make_queue(name);
    ids[name] = queue(name).id;
  }
  Task<void> send_some(std::string name, int count) {
    const Sender sender(parts());
    for (int at = 0; at < count; ++at) {
      auto body = [&](store::Transaction& tx) -> Async<SentMessage> {
        co_return co_await sender.send(tx, ref(name), {.body = "b"});
      };
      EXPECT_TRUE(co_await store->transact(body));
    }
  }
  void run_all(Task<void> task) { loop.run_until_done(std::move(task)); }

  std::map<std::string, uint64_t> ids;
  std::vector<std::string> outcomes;
};

TEST_F(Waiting, AMessageGoesToWhoeverHasWaitedLongest) {
  make("q");
  Receivers receivers(parts());
  auto body = [&]() -> Task<void> {
    io::TaskScope scope;
    for (int at = 0; at < 200; ++at) wait_for(scope, receivers, "q", 1, seconds(30));
    EXPECT_TRUE(outcomes.empty());
    co_await send_some("q", 3);
    while (outcomes.size() < 3) co_await io::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "1", "1"}));
    receivers.stop();
    co_await scope.drained();
    EXPECT_EQ(outcomes.size(), 200U);
    EXPECT_EQ(outcomes.back(), "0");
  };
  run_all(body());
}

TEST_F(Waiting, AShortReceiveBehindManyWhoWaitIsAnsweredAtOnce) {
  make("q");
  Receivers receivers(parts());
  auto body = [&]() -> Task<void> {
    io::TaskScope waiting, asking;
    for (int at = 0; at < 200; ++at) wait_for(waiting, receivers, "q", 10, seconds(30));
    wait_for(asking, receivers, "q", 10, seconds(0));
    co_await asking.drained();
    EXPECT_EQ(outcomes, std::vector<std::string>{"0"});
    receivers.stop();
    co_await waiting.drained();
  };
  run_all(body());
}

TEST_F(Waiting, AQueueThatGoesIsAnError) {
  make("q");
  Receivers receivers(parts());
  auto body = [&]() -> Task<void> {
    io::TaskScope scope;
    wait_for(scope, receivers, "q", 1, seconds(30));
    const QueueRecord record{.id = ids["q"]};
    auto erase = [&](store::Transaction& tx) -> Async<void> {
      Tables(tx, ref("q")).queues.erase(store::Key("q"));
      count_in(tx, record, 0);
      co_return {};
    };
    EXPECT_TRUE(co_await store->transact(erase));
    co_await scope.drained();
    EXPECT_EQ(outcomes, std::vector<std::string>{"QueueDoesNotExist"});
  };
  run_all(body());
}

TEST_F(Waiting, QueuesHaveLinesOfTheirOwn) {
  make("a");
  make("b");
  Receivers receivers(parts());
  auto body = [&]() -> Task<void> {
    io::TaskScope of_a, of_b;
    wait_for(of_a, receivers, "a", 1, seconds(30));
    wait_for(of_b, receivers, "b", 1, seconds(30));
    co_await send_some("b", 1);
    co_await of_b.drained();
    EXPECT_EQ(outcomes, std::vector<std::string>{"1"});
    receivers.stop();
    co_await of_a.drained();
  };
  run_all(body());
}

TEST_F(Waiting, AWaitThatIsInVainEnds) {
  make("q");
  Receivers receivers(parts());
  auto body = [&]() -> Task<void> {
    io::TaskScope scope;
    wait_for(scope, receivers, "q", 1, seconds(1));
    co_await scope.drained();
    EXPECT_EQ(outcomes, std::vector<std::string>{"0"});
  };
  run_all(body());
}

}  // namespace
}  // namespace hearth::services::sqs
