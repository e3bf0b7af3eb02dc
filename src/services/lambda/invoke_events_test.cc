// Promise: your AWS code runs unchanged.
// Whoever takes a response as events gets all of it, and at the end how it ended.
#include "services/lambda/invoke_events.h"

#include <gtest/gtest.h>

#include "io/loop.h"
#include "io/pipe.h"
#include "wire/event_stream.h"

namespace hearth::services::lambda {
namespace {

std::string chunk(std::string_view bytes) {
  return wire::event_message("PayloadChunk", "application/octet-stream", bytes);
}
std::string complete(std::string_view document) {
  return wire::event_message("InvokeComplete", "application/json", document);
}

TEST(InvokeEvents, AResultThatWasNotStreamedIsOneChunk) {
  EXPECT_EQ(last_events({.payload = "[1]"}), chunk("[1]") + complete("{}"));
}

TEST(InvokeEvents, AnErrorIsInTheLastEventAlone) {
  EXPECT_EQ(
      last_events({.payload = R"({"errorType":"E"})", .function_error = true, .log_tail = "log"}),
      complete(R"({"ErrorCode":"Unhandled","ErrorDetails":"{\"errorType\":\"E\"}","LogResult":"bG9n"})"));
}

TEST(InvokeEvents, AnErrorOfThePlatformIsOneToo) {
  EXPECT_EQ(last_events({.platform_error = "lost"}),
            complete(R"({"ErrorCode":"ServiceException","ErrorDetails":"lost"})"));
}

TEST(InvokeEvents, WhatIsStreamedComesAsItIsWritten) {
  io::Loop loop;
  auto body = []() -> Task<void> {
    auto [writer, bytes] = io::make_pipe(100);
    io::Future<execution::Outcome> outcome;
    InvokeEvents events(std::move(bytes), std::move(outcome));
    (void)co_await writer.write("one");
    const auto first = co_await events.read();
    EXPECT_EQ(*first, chunk("one"));
  };
  loop.run_until_done(body());
}

TEST(InvokeEvents, TheLastEventIsFollowedByTheEnd) {
  io::Loop loop;
  auto body = []() -> Task<void> {
    auto [writer, bytes] = io::make_pipe(100);
    io::Future<execution::Outcome> outcome;
    outcome.promise().set({});
    InvokeEvents events(std::move(bytes), std::move(outcome));
    writer.close();
    const auto last = co_await events.read();
    EXPECT_EQ(*last, complete("{}"));
    const auto end = co_await events.read();
    EXPECT_EQ(*end, "");
  };
  loop.run_until_done(body());
}

}  // namespace
}  // namespace hearth::services::lambda
