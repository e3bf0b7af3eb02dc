// Promise: a coroutine resumes once, on its own loop, and a destroyed one never.
#include "io/loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/loops.h"
#include "io/thread_pool.h"
#include "io/timeout.h"

namespace hearth::io {
namespace {

using namespace std::chrono_literals;

TEST(Loop, SleepersWakeInOrderOfTheirTimes) {
  Loop loop;
  std::vector<int> order;
  auto sleeper = [](std::vector<int>& out, int id, std::chrono::milliseconds time) -> Task<void> {
    co_await sleep_for(time);
    out.push_back(id);
  };
  auto body = [&]() -> Task<void> {
    TaskScope scope;
    scope.spawn(sleeper(order, 3, 12ms));
    scope.spawn(sleeper(order, 1, 1ms));
    scope.spawn(sleeper(order, 2, 6ms));
    co_await scope.drained();
  };
  loop.run_until_done(body());
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(Timer, LetsGoOfWhatItsCallbackHoldsWhenItFiresOrIsDisarmed) {
  Loop loop;
  auto held = std::make_shared<int>(1);
  auto body = [&]() -> Task<void> {
    Timer timer;
    timer.arm(loop, loop.now() + 1h, [held] {});
    EXPECT_EQ(held.use_count(), 2);
    timer.disarm();
    EXPECT_EQ(held.use_count(), 1);
    bool fired = false;
    timer.arm(loop, loop.now(), [held, &fired] { fired = true; });
    while (!fired) co_await sleep_for(1ms);
    EXPECT_EQ(held.use_count(), 1);
  };
  loop.run_until_done(body());
}

TEST(Timer, MayBeOwnedByItsOwnCallback) {
  Loop loop;
  auto body = [&]() -> Task<void> {
    auto timer = std::make_shared<Timer>();
    const std::weak_ptr<Timer> alive = timer;
    Timer& same = *timer;
    same.arm(loop, loop.now() + 1h, [owner = std::move(timer)] {});
    EXPECT_FALSE(alive.expired());
    same.disarm();
    EXPECT_TRUE(alive.expired());
    co_return;
  };
  loop.run_until_done(body());
}

TEST(Loop, CancelledSleeperNeverRuns) {
  Loop loop;
  bool ran = false;
  auto sleeper = [&]() -> Task<void> {
    co_await sleep_for(1ms);
    ran = true;
  };
  auto body = [&]() -> Task<void> {
    {
      TaskScope scope;
      scope.spawn(sleeper());
    }
    co_await sleep_for(5ms);
  };
  loop.run_until_done(body());
  EXPECT_FALSE(ran);
}

TEST(Loop, DescriptorWakesItsReaderAndSurvivesDestructionInsideTheWakeUp) {
  Loop loop;
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  Fd other(pair[1]);
  auto descriptor = std::make_unique<Descriptor>(Fd(pair[0]));
  std::string got;
  auto reader = [&]() -> Task<void> {
    char buffer[16];
    ssize_t n = ::read(descriptor->get(), buffer, sizeof buffer);
    EXPECT_EQ(n, -1);
    co_await descriptor->readable();
    n = ::read(descriptor->get(), buffer, sizeof buffer);
    got.assign(buffer, static_cast<size_t>(n));
    descriptor.reset();
  };
  auto body = [&]() -> Task<void> {
    TaskScope scope;
    scope.spawn(reader());
    EXPECT_EQ(::write(other.get(), "hello", 5), 5);
    co_await scope.drained();
  };
  loop.run_until_done(body());
  EXPECT_EQ(got, "hello");
}

TEST(Loop, OneThatStaysAwakeServesTimersAndOtherThreads) {
  Loop loop;
  Future<int> future;
  std::thread deliverer;
  auto body = [&]() -> Task<void> {
    loop.stay_awake(std::chrono::hours(1));
    co_await sleep_for(std::chrono::milliseconds(1));
    deliverer = std::thread([promise = future.promise()] { promise.set(7); });
    EXPECT_EQ(co_await future, 7);
  };
  loop.run_until_done(body());
  deliverer.join();
}

TEST(Future, ResumesOnTheWaitersLoopWhenAnotherThreadDelivers) {
  Loops loops(2);
  ThreadPool pool(2);
  loops.start();
  std::atomic<int> right = 0;
  Future<bool> finished;
  TaskScope scope;
  auto body = [&](Loop& loop) -> Task<void> {
    for (int i = 0; i < 1000; ++i) {
      const int value = co_await pool.run([i] { return i; });
      if (value == i && Loop::current() == &loop) ++right;
    }
    finished.promise().set(true);
  };
  loops[1].post([&] { scope.spawn(body(loops[1])); });
  Loop here;
  auto wait = [&]() -> Task<void> { (void)co_await finished; };
  here.run_until_done(wait());
  loops.stop();
  EXPECT_EQ(right, 1000);
}

TEST(Future, ADroppedWaiterIsNotResumed) {
  Loop loop;
  Future<int> future;
  bool resumed = false;
  auto waiter = [&]() -> Task<void> {
    (void)co_await future;
    resumed = true;
  };
  auto body = [&]() -> Task<void> {
    {
      TaskScope scope;
      scope.spawn(waiter());
      future.promise().set(1);
    }
    co_await sleep_for(2ms);
  };
  loop.run_until_done(body());
  EXPECT_FALSE(resumed);
}

TEST(Timeout, GivesTheValueOrNothingAndCancelsTheLoser) {
  Loop loop;
  int finished = 0;
  auto slow = [&](std::chrono::milliseconds time) -> Task<int> {
    co_await sleep_for(time);
    ++finished;
    co_return 7;
  };
  auto body = [&]() -> Task<void> {
    const auto fast = co_await with_timeout(slow(1ms), 1s);
    EXPECT_EQ(fast, 7);
    const auto late = co_await with_timeout(slow(1s), 2ms);
    EXPECT_FALSE(late);
  };
  loop.run_until_done(body());
  EXPECT_EQ(finished, 1);
}

TEST(TaskScope, CountsExceptionsInsteadOfDyingOfThem) {
  Loop loop;
  const size_t before = uncaught_exceptions();
  auto thrower = []() -> Task<void> {
    co_await yield_now();
    throw std::runtime_error("on purpose");
  };
  auto body = [&]() -> Task<void> {
    TaskScope scope;
    scope.spawn(thrower());
    co_await scope.drained();
  };
  loop.run_until_done(body());
  EXPECT_EQ(uncaught_exceptions(), before + 1);
}

}  // namespace
}  // namespace hearth::io
