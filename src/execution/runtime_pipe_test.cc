// Promise: functions are strangers to each other.
// What a process writes to the pipe is taken for what it is, and never for more.
#include "execution/runtime_pipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

namespace hearth::execution {
namespace {

using Kind = RuntimeEvent::Kind;

std::string frame(char kind, std::string_view body, std::optional<uint32_t> size = {}) {
  const uint32_t bytes = size.value_or(static_cast<uint32_t>(body.size()));
  std::string text(sizeof bytes, '\0');
  std::memcpy(text.data(), &bytes, sizeof bytes);
  return text + kind + std::string(body);
}

class Frames : public testing::Test {
 protected:
  Frames() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read_end_.reset(ends[0]);
    Fd to_runtime(ends[1]);
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    write_end_.reset(ends[1]);
    pipe_ = std::make_unique<RuntimePipe>(std::move(to_runtime), Fd(ends[0]), api_);
  }

  // Runs the body beside the pipe.
  template <typename Body>
  void with_pipe(Body body) {
    auto both = [&]() -> Task<void> {
      io::TaskScope scope;
      auto run = [this]() -> Task<void> {
        co_await pipe_->run();
        ended_ = true;
      };
      scope.spawn(run());
      co_await body();
    };
    loop_.run_until_done(both());
  }
  void say(const std::string& bytes) {
    ASSERT_EQ(::write(write_end_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  std::string hear() const {
    std::string bytes(65536, '\0');
    bytes.resize(
        static_cast<size_t>(std::max<ssize_t>(0, ::read(read_end_.get(), bytes.data(), bytes.size()))));
    return bytes;
  }
  Task<RuntimeEvent> event() {
    auto got = co_await events_.pop(loop_.now() + std::chrono::seconds(5));
    co_return std::move(got).value_or(RuntimeEvent{.kind = Kind::kExited});
  }

  io::Loop loop_;
  io::Channel<RuntimeEvent> events_;
  RuntimeApi api_{events_};
  Fd read_end_;
  Fd write_end_;
  bool ended_ = false;
  std::unique_ptr<RuntimePipe> pipe_;
};

TEST_F(Frames, ASnapshotIsTakenInPiecesWhereOneWasAskedFor) {
  std::string kept;
  api_.keep_snapshot([&](std::string piece) -> Async<void> {
    if (kept.size() + piece.size() > 8) co_return fail("SnapshotTooLarge", "too large");
    kept += piece;
    co_return {};
  });
  with_pipe([&]() -> Task<void> {
    say(frame(9, "abc") + frame(9, "def") + frame(9, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kSnapshot);
    EXPECT_EQ(kept, "abcdef");
    api_.reset();
    say(frame(9, "too much"));
    const auto refused = co_await event();
    EXPECT_EQ(refused.kind, Kind::kNoSnapshot);
    EXPECT_EQ(refused.body, "too large");
    api_.reset();
    say(frame(10, "threads"));
    EXPECT_EQ((co_await event()).body, "threads");
  });
  EXPECT_FALSE(ended_);
}

TEST_F(Frames, ASnapshotThatNobodyAskedForIsNoFrame) {
  with_pipe([&]() -> Task<void> {
    say(frame(9, "abc"));
    while (!ended_) co_await io::yield_now();
  });
}

TEST_F(Frames, AProcessThatRestsAfterItsInitGoesOnWhenItIsTold) {
  with_pipe([&]() -> Task<void> {
    say(frame(11, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kResting);
    EXPECT_TRUE(api_.rests());
    api_.go_on();
    EXPECT_FALSE(api_.rests());
    co_await io::yield_now();
    EXPECT_EQ(hear(), frame(11, ""));
    say(frame(2, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
    say(frame(11, ""));  // only an init can end
    while (!ended_) co_await io::yield_now();
  });
}

TEST_F(Frames, AnInitMaySayThatItTookTheSdk) {
  with_pipe([&]() -> Task<void> {
    EXPECT_FALSE(api_.took_sdk());
    say(frame(12, "") + frame(2, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
    EXPECT_TRUE(api_.took_sdk());
    api_.reset();
    EXPECT_FALSE(api_.took_sdk());
    say(frame(2, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
    say(frame(12, ""));  // no init
    while (!ended_) co_await io::yield_now();
  });
}

TEST_F(Frames, AnInvokeGoesThereAndItsResultComesBack) {
  with_pipe([&]() -> Task<void> {
    say(frame(2, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
    api_.deliver("id-1", {{"Lambda-Runtime-Aws-Request-Id", "id-1"}}, "{\"a\":1}");
    const std::string head = "Lambda-Runtime-Aws-Request-Id: id-1\r\n";
    std::string expected(4, '\0');
    expected[0] = static_cast<char>(head.size());
    EXPECT_EQ(hear(), frame(2, expected + head + "{\"a\":1}"));
    // The result and the next question in one piece, and cut at a bad place.
    const std::string both = frame(3, "[1]") + frame(2, "");
    say(both.substr(0, 6));
    co_await io::sleep_for(std::chrono::milliseconds(1));
    say(both.substr(6));
    const RuntimeEvent result = co_await event();
    EXPECT_EQ(result.kind, Kind::kResponse);
    EXPECT_EQ(result.body, "[1]");
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
    EXPECT_FALSE(ended_);
  });
}

TEST_F(Frames, ARuntimeThatWasStartedAheadIsToldWhatItIs) {
  api_.reset(true);
  with_pipe([&]() -> Task<void> {
    say(frame(1, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kWaiting);
    api_.furnish("{\"A\":\"1\"}");
    EXPECT_EQ(hear(), frame(1, "{\"A\":\"1\"}"));
    say(frame(5, std::string("\x0b\0", 2) + "Runtime.Bad{}"));
    const RuntimeEvent failure = co_await event();
    EXPECT_EQ(failure.kind, Kind::kInitError);
    EXPECT_EQ(failure.error_type, "Runtime.Bad");
    EXPECT_EQ(failure.body, "{}");
  });
}

TEST_F(Frames, AResultBeyondTheLimitIsDroppedAndTheNextOneCounts) {
  with_pipe([&]() -> Task<void> {
    say(frame(2, ""));
    (void)co_await event();
    api_.deliver("id", {}, "");
    constexpr size_t kBytes = kResponseBytesMax + 1;
    say(frame(3, "", kBytes));
    const std::string piece(4096, 'x');
    for (size_t sent = 0; sent < kBytes; sent += piece.size()) {
      say(piece.substr(0, std::min(piece.size(), kBytes - sent)));
      co_await io::yield_now();
    }
    EXPECT_EQ((co_await event()).kind, Kind::kTooLarge);
    say(frame(2, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
  });
}

TEST_F(Frames, AStreamedResultReachesTheCallerAsItComesAndTheNextQuestionCounts) {
  with_pipe([&]() -> Task<void> {
    StreamedResponse mine = stream_response();
    say(frame(2, ""));
    (void)co_await event();
    api_.deliver("id", {}, "", mine.writing);
    say(frame(6, "Content-Type: text/x\r\n") + frame(7, "one,"));
    const auto head = co_await mine.begun;
    EXPECT_EQ(head.value_or(ResponseHead{}).content_type, "text/x");
    EXPECT_EQ(co_await mine.bytes->read(), "one,");
    const std::string rest = frame(7, "") + frame(7, "two") + frame(8, "") + frame(2, "");
    say(rest.substr(0, 13));
    co_await io::sleep_for(std::chrono::milliseconds(1));
    say(rest.substr(13));
    EXPECT_EQ(co_await mine.bytes->read(), "two");
    EXPECT_EQ((co_await event()).kind, Kind::kResponse);
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
  });
}

TEST_F(Frames, AnErrorBehindAStreamIsTheResult) {
  with_pipe([&]() -> Task<void> {
    say(frame(2, ""));
    (void)co_await event();
    api_.deliver("id", {}, "");
    say(frame(6, "") + frame(7, "one") +
        frame(8,
              "Lambda-Runtime-Function-Error-Type: Function.Broke\r\n"
              "Lambda-Runtime-Function-Error-Body: eyJhIjoxfQ==\r\n"));
    const RuntimeEvent failed = co_await event();
    EXPECT_EQ(failed.kind, Kind::kError);
    EXPECT_EQ(failed.error_type, "Function.Broke");
    EXPECT_EQ(failed.body, R"({"a":1})");
  });
}

TEST_F(Frames, AStreamThatIsBrokenByAnotherFrameIsTruncated) {
  with_pipe([&]() -> Task<void> {
    say(frame(2, ""));
    (void)co_await event();
    api_.deliver("id", {}, "");
    say(frame(6, "") + frame(7, "one") + frame(3, "two"));
    EXPECT_EQ((co_await event()).kind, Kind::kTruncated);
    say(frame(2, ""));
    co_await io::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(ended_);
  });
}

TEST_F(Frames, WhatIsBeyondTheLimitOfAGatheredStreamIsDropped) {
  with_pipe([&]() -> Task<void> {
    say(frame(2, ""));
    (void)co_await event();
    api_.deliver("id", {}, "");
    say(frame(6, ""));
    const std::string piece(32768, 'x');
    for (size_t sent = 0; sent <= kResponseBytesMax + piece.size(); sent += piece.size()) {
      say(frame(7, piece));
      co_await io::yield_now();
    }
    EXPECT_EQ((co_await event()).kind, Kind::kTooLarge);
    say(frame(8, "") + frame(2, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
  });
}

TEST_F(Frames, ASecondResultIsDroppedAndTheNextQuestionCounts) {
  const std::string error = frame(4, std::string("\1\0E{}", 5));
  const std::string stream = frame(6, "") + frame(7, "second") + frame(8, "");
  for (const std::string& second : {frame(3, "second"), error, stream}) {
    SCOPED_TRACE(second);
    api_.reset();
    with_pipe([&]() -> Task<void> {
      say(frame(2, ""));
      (void)co_await event();
      api_.deliver("id", {}, "");
      say(frame(3, "first"));
      EXPECT_EQ((co_await event()).body, "first");
      say(second + frame(2, ""));
      EXPECT_EQ((co_await event()).kind, Kind::kNext);
    });
  }
}

TEST_F(Frames, ManyEventsAreUnderWayAtOnceAndResultsNameTheirs) {
  const std::string first(36, '1');
  const std::string second(36, '2');
  const std::string third(36, '3');
  with_pipe([&]() -> Task<void> {
    SharedCalls& calls = api_.share();
    say(frame(2, "") + frame(2, ""));
    EXPECT_EQ((co_await event()).kind, Kind::kNext);
    std::array<io::Channel<RuntimeEvent>, 3> results;
    const auto deliver = [&](const std::string& id, io::Channel<RuntimeEvent>& to) {
      const auto take = [id] {
        return io::Response{.status = 200, .headers = {{"I", id}}, .body = std::string("{}")};
      };
      calls.deliver({.id = id, .request_id = "r", .take = take, .results = to});
    };
    deliver(first, results[0]);
    deliver(second, results[1]);
    deliver(third, results[2]);
    co_await io::sleep_for(std::chrono::milliseconds(1));
    const std::string heard = hear();
    EXPECT_NE(heard.find(first), std::string::npos);
    EXPECT_NE(heard.find(second), std::string::npos);
    EXPECT_EQ(heard.find(third), std::string::npos) << "nobody has asked for it";
    say(frame(3, second + "[2]") + frame(3, "short") + frame(3, std::string(36, '9') + "whose?"));
    EXPECT_EQ((co_await results[1].pop())->body, "[2]");
    say(frame(4, first + std::string("\5\0Class{}", 9)) + frame(2, ""));
    const auto failed = co_await results[0].pop();
    EXPECT_EQ(failed->kind, Kind::kError);
    EXPECT_EQ(failed->body, "{}");
    co_await io::sleep_for(std::chrono::milliseconds(1));
    EXPECT_NE(hear().find(third), std::string::npos);

    const std::string piece(65536 / 2, 'x');
    say(frame(3, third, static_cast<uint32_t>(third.size() + 256 * piece.size())));
    for (int sent = 0; sent < 256; ++sent) {
      say(piece);
      co_await io::yield_now();
    }
    EXPECT_EQ((co_await results[2].pop())->kind, Kind::kTooLarge);
    EXPECT_FALSE(ended_);
  });
}

TEST_F(Frames, WhatDoesNotBelongThereIsNoResult) {
  for (const std::string& bytes : {frame(3, "a result before any event"), frame(9, "no such kind"),
                                   frame(6, "a stream before any event"), frame(7, "no stream"),
                                   frame(4, "x"), frame(5, "\xff\xff short"), std::string(64, '\xff')}) {
    SCOPED_TRACE(bytes);
    io::Channel<RuntimeEvent> events;
    RuntimeApi api(events);
    int to[2];
    int from[2];
    ASSERT_EQ(::pipe2(to, O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(from, O_CLOEXEC), 0);
    const Fd kept(to[0]);
    Fd writer(from[1]);
    RuntimePipe pipe(Fd(to[1]), Fd(from[0]), api);
    ASSERT_EQ(::write(writer.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    writer.reset();
    loop_.run_until_done(pipe.run());
    EXPECT_TRUE(events.empty());
  }
}

}  // namespace
}  // namespace hearth::execution
