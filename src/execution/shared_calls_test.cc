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
  // Of a request of that name, under an id of its own, which is the request's for the first.
  void deliver(const std::string& request_id, std::optional<ResponseStream> stream = {},
               std::string id = {}) {
    const auto take = [request_id] {
      return io::Response{.status = 200, .headers = {}, .body = "event of " + request_id};
    };
    if (id.empty()) id = request_id;
    calls.deliver({.id = id,
                   .request_id = request_id,
                   .take = take,
                   .stream = std::move(stream),
                   .results = results[id]});
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
    for (const char* id : {"a", "b", "c"}) deliver(id);
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
    deliver("a");
    deliver("b");
    co_await asking.drained();
    EXPECT_EQ(got, (std::vector<std::string>{"second: event of a", "first: event of b"}));
  });
}

TEST_F(Shared, WhatNobodyHasBegunCanBeTakenBack) {
  with_loop([&]() -> Task<void> {
    deliver("a");
    deliver("b");
    EXPECT_TRUE(calls.give_up("a"));
    EXPECT_EQ(co_await next(), "event of b");
    EXPECT_FALSE(calls.give_up("b"));
    EXPECT_EQ(co_await respond("a", std::string("late")), 400);
    EXPECT_EQ(co_await respond("b", std::string("late")), 410);
  });
}

TEST_F(Shared, AResultThatComesTooLateIsToldSo) {
  with_loop([&]() -> Task<void> {
    deliver("a");
    EXPECT_EQ(co_await next(), "event of a");
    EXPECT_FALSE(calls.give_up("a"));
    EXPECT_EQ(co_await respond("a", std::string("late")), 410);
    EXPECT_EQ((co_await result("a")).body, "late") << "what it held is free";
    EXPECT_EQ(co_await respond("a", std::string("again")), 400);
  });
}

TEST_F(Shared, ARequestThatIsDeliveredAgainIsNotMistakenForItsFirstAttempt) {
  with_loop([&]() -> Task<void> {
    const auto of = [](const char* id) { return io::Headers{{SharedCalls::kId, id}}; };
    deliver("a", {}, "first");
    EXPECT_EQ(co_await next(), "event of a");
    EXPECT_FALSE(calls.give_up("first"));
    deliver("a", {}, "second");
    EXPECT_EQ(co_await next(), "event of a");
    EXPECT_EQ(co_await respond("b", std::string("whose?"), of("second")), 400);
    EXPECT_EQ(co_await respond("a", std::string("whose?"), of("third")), 400);
    EXPECT_EQ(co_await respond("a", std::string("1"), of("first")), 410);
    EXPECT_EQ(co_await respond("a", std::string("2"), of("second")), 202);
    EXPECT_EQ((co_await result("first")).body, "1");
    EXPECT_EQ((co_await result("second")).body, "2");
  });
}

TEST_F(Shared, AResultThatNamesNoDeliveryIsThatOfTheLast) {
  with_loop([&]() -> Task<void> {
    deliver("a", {}, "z");  // ids say nothing about order
    deliver("a", {}, "y");
    for (int i = 0; i < 2; ++i) EXPECT_EQ(co_await next(), "event of a");
    EXPECT_EQ(co_await respond("a", std::string("last")), 202);
    EXPECT_EQ((co_await result("y")).body, "last");
    EXPECT_EQ(co_await respond("a", std::string("first")), 202);
    EXPECT_EQ((co_await result("z")).body, "first");
  });
}

TEST_F(Shared, TheEndOfTheProcessIsThatOfAll) {
  with_loop([&]() -> Task<void> {
    deliver("a");
    deliver("b");
    EXPECT_EQ(co_await next(), "event of a");
    calls.end({.kind = Kind::kExited, .body = "gone"});
    for (const char* id : {"a", "b"}) EXPECT_EQ((co_await result(id)).body, "gone");
    EXPECT_EQ(co_await respond("a", std::string("late")), 400);
  });
}

TEST_F(Shared, AResponseIsHandedOnAsItArrives) {
  with_loop([&]() -> Task<void> {
    StreamedResponse streamed = stream_response();
    deliver("a", streamed.writing);
    EXPECT_EQ(co_await next(), "event of a");
    const io::Headers mode{{"Lambda-Runtime-Function-Response-Mode", "streaming"}};
    EXPECT_EQ(co_await respond("a", std::string("piece"), mode), 202);
    EXPECT_EQ((co_await result("a")).body, "");
    EXPECT_TRUE(co_await streamed.begun);
    const auto piece = co_await streamed.bytes->read();
    EXPECT_EQ(piece.value_or(""), "piece");
    deliver("b");
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
    for (const char* id : {"a", "b"})
      calls.deliver({.id = id, .request_id = id, .take = take, .results = results[id]});
    EXPECT_TRUE(calls.give_up("b"));
    EXPECT_EQ(made, 0U);
    (void)co_await next();
    EXPECT_EQ(made, 1U);
    EXPECT_FALSE(calls.give_up("a"));
  });
}

}  // namespace
}  // namespace hearth::execution
