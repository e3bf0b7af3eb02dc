// Promise: functions are strangers to each other, and so are the invokes of one process: each has its own
// result.
#include "execution/shared_calls.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "io/task_scope.h"

namespace hearth::execution {
namespace {

using Kind = RuntimeEvent::Kind;

class Shared : public ::testing::Test {
 protected:
  template <typename Body>
  void with_loop(Body body) {
    loop.run_until_done(body());
  }
  bool deliver(const std::string& id, std::optional<ResponseStream> stream = {}) {
    const auto take = [id] { return io::Response{.status = 200, .headers = {}, .body = "event of " + id}; };
    return calls.deliver(id, take, std::move(stream), results[id]);
  }
  Task<std::string> next() {
    io::Response response = co_await calls.next();
    co_return *response.body.bytes();
  }
  Task<int> respond(std::string id, io::Body body, io::Headers headers = {}) {
    const auto answer =
        co_await calls.response(std::move(id), {.headers = std::move(headers), .body = std::move(body)});
    co_return answer.status;
  }
  Task<RuntimeEvent> result(const std::string& id) {
    auto got = co_await results[id].pop(loop.now() + std::chrono::seconds(5));
    EXPECT_TRUE(got) << "there is no result of " << id;
    co_return std::move(got).value_or(RuntimeEvent{.kind = Kind::kWaiting});
  }

  io::Loop loop;
  SharedCalls calls;
  std::map<std::string, io::Channel<RuntimeEvent>> results;
  io::TaskScope asking;
};

TEST_F(Shared, ResultsComeInAnyOrder) {
  with_loop([&]() -> Task<void> {
    for (const char* id : {"a", "b", "c"}) EXPECT_TRUE(deliver(id));
    for (const char* id : {"a", "b", "c"}) EXPECT_EQ(co_await next(), std::string("event of ") + id);
    for (const char* id : {"c", "a"}) EXPECT_EQ(co_await respond(id, std::string(id)), 202);
    const auto failed = co_await calls.error(
        "b",
        {.headers = {{"Lambda-Runtime-Function-Error-Type", "Function.Odd"}}, .body = std::string("{}")});
    EXPECT_EQ(failed.status, 202);
    EXPECT_EQ((co_await result("a")).body, "a");
    EXPECT_EQ((co_await result("c")).body, "c");
    const RuntimeEvent error = co_await result("b");
    EXPECT_EQ(error.kind, Kind::kError);
    EXPECT_EQ(error.error_type, "Function.Odd");
    EXPECT_EQ(co_await respond("a", std::string("again")), 400) << "it has its result";
    EXPECT_EQ(co_await respond("d", std::string("whose?")), 400);
  });
}

TEST_F(Shared, WhoAskedLastGetsTheNextEventAndWhoHasGoneNone) {
  with_loop([&]() -> Task<void> {
    std::vector<std::string> got;
    const auto ask = [&](std::string name) -> Task<void> { got.push_back(name + ": " + co_await next()); };
    {
      io::TaskScope gone;
      asking.spawn(ask("first"));
      asking.spawn(ask("second"));
      gone.spawn(ask("gone"));
    }
    EXPECT_TRUE(deliver("a"));
    EXPECT_TRUE(deliver("b"));
    co_await asking.drained();
    EXPECT_EQ(got, (std::vector<std::string>{"second: event of a", "first: event of b"}));
  });
}

TEST_F(Shared, WhatNobodyHasBegunCanBeTakenBack) {
  with_loop([&]() -> Task<void> {
    EXPECT_TRUE(deliver("a"));
    EXPECT_TRUE(deliver("b"));
    EXPECT_TRUE(calls.withdraw("a"));
    EXPECT_EQ(co_await next(), "event of b");
    EXPECT_FALSE(calls.withdraw("b"));
    EXPECT_EQ(co_await respond("a", std::string("late")), 400);
    EXPECT_EQ(co_await respond("b", std::string("well")), 202);
  });
}

TEST_F(Shared, ARequestIsUnderWayOnce) {
  EXPECT_TRUE(deliver("a"));
  EXPECT_FALSE(deliver("a"));
  EXPECT_TRUE(calls.withdraw("a"));
  EXPECT_TRUE(deliver("a"));
}

TEST_F(Shared, TheEndOfTheProcessIsThatOfAll) {
  with_loop([&]() -> Task<void> {
    EXPECT_TRUE(deliver("a"));
    EXPECT_TRUE(deliver("b"));
    EXPECT_EQ(co_await next(), "event of a");
    calls.end({.kind = Kind::kExited, .body = "gone"});
    for (const char* id : {"a", "b"}) EXPECT_EQ((co_await result(id)).body, "gone");
    EXPECT_EQ(co_await respond("a", std::string("late")), 400);
  });
}

TEST_F(Shared, AResponseIsHandedOnAsItArrives) {
  with_loop([&]() -> Task<void> {
    StreamedResponse streamed = stream_response();
    EXPECT_TRUE(deliver("a", streamed.writing));
    EXPECT_EQ(co_await next(), "event of a");
    const io::Headers mode{{"Lambda-Runtime-Function-Response-Mode", "streaming"}};
    EXPECT_EQ(co_await respond("a", std::string("piece"), mode), 202);
    EXPECT_EQ((co_await result("a")).body, "");
    EXPECT_TRUE(co_await streamed.begun);
    const auto piece = co_await streamed.bytes->read();
    EXPECT_EQ(piece.value_or(""), "piece");
    EXPECT_TRUE(deliver("b"));
    EXPECT_EQ(co_await respond("b", std::string("x"), {{"Lambda-Runtime-Function-Response-Mode", "odd"}}),
              400);
  });
}

TEST_F(Shared, AnEventIsMadeWhenARuntimeTakesIt) {
  with_loop([&]() -> Task<void> {
    size_t made = 0;
    const auto take = [&made] {
      ++made;
      return io::Response{.status = 200, .headers = {}, .body = std::string("event")};
    };
    EXPECT_TRUE(calls.deliver("a", take, {}, results["a"]));
    EXPECT_TRUE(calls.deliver("b", take, {}, results["b"]));
    EXPECT_TRUE(calls.withdraw("b"));
    EXPECT_EQ(made, 0U);
    (void)co_await next();
    EXPECT_EQ(made, 1U);
    EXPECT_FALSE(calls.withdraw("a"));
  });
}

}  // namespace
}  // namespace hearth::execution
