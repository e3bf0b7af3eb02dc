// Promise: your AWS code runs unchanged.
// A runtime that speaks to the Runtime API gets the answers of the real one, also when it errs.
#include "execution/runtime_api.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "io/task_scope.h"

namespace hearth::execution {
namespace {

using Kind = RuntimeEvent::Kind;

class Api : public ::testing::Test {
 protected:
  // Runs a test's body on the loop.
  template <typename Body>
  void with_loop(Body body) {
    loop.run_until_done(body());
  }
  Task<io::Response> call(std::string method, std::string path, io::Body body = {},
                          io::Headers headers = {}) {
    co_return co_await api.handle({.method = std::move(method),
                                   .target = "/2018-06-01/runtime/" + path,
                                   .headers = std::move(headers),
                                   .body = std::move(body),
                                   .peer = ""});
  }
  // "403 InvalidStateTransition", or the status and the body of what is no refusal.
  Task<std::string> said(std::string method, std::string path, io::Body body = {}, io::Headers headers = {}) {
    io::Response response =
        co_await call(std::move(method), std::move(path), std::move(body), std::move(headers));
    const auto text = co_await response.body.read_all(1 << 20);
    std::string what = text.value_or("(broken)");
    const auto document = parse_json(what);
    if (document && document->is_object()) {
      if (const auto* type = document->as_object().if_contains("errorType")) what = type->as_string();
    }
    co_return std::to_string(response.status) + " " + what;
  }
  // The next event; kExited, which the interface never says, when none comes.
  Task<RuntimeEvent> event() {
    auto got = co_await events.pop(loop.now() + std::chrono::seconds(5));
    EXPECT_TRUE(got) << "no event came";
    co_return std::move(got).value_or(RuntimeEvent{.kind = Kind::kExited});
  }
  // The runtime asks for an event and gets one; the answer is kept.
  Task<void> begin(std::string id) {
    auto ask = [this]() -> Task<void> { handed_out = co_await call("GET", "invocation/next"); };
    asking.spawn(ask());
    const RuntimeEvent asked = co_await event();
    EXPECT_EQ(asked.kind, Kind::kNext);
    if (asked.kind != Kind::kNext) co_return;
    api.deliver(id, {{"Lambda-Runtime-Aws-Request-Id", id}}, "payload", stream);
    co_await asking.drained();
  }

  io::Loop loop;
  io::Channel<RuntimeEvent> events;
  RuntimeApi api{events};
  io::Response handed_out;
  std::optional<ResponseStream> stream;
  io::TaskScope asking;
};

const std::string kAccepted = "202 {\"status\":\"OK\"}\n";
const std::string kRefusedOrder = "403 InvalidStateTransition";

TEST_F(Api, AnInvokeFromNextToResponse) {
  with_loop([&]() -> Task<void> {
    co_await begin("id");
    EXPECT_EQ(handed_out.status, 200);
    EXPECT_EQ(handed_out.headers.get("Lambda-Runtime-Aws-Request-Id"), "id");
    EXPECT_EQ(*handed_out.body.bytes(), "payload");
    const auto answer = co_await said("POST", "invocation/id/response", std::string("result"));
    EXPECT_EQ(answer, kAccepted);
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kResponse);
    EXPECT_EQ(done.body, "result");
    co_await begin("id 2");
    EXPECT_EQ(handed_out.headers.get("Lambda-Runtime-Aws-Request-Id"), "id 2");
  });
}

TEST_F(Api, AnErrorGoesToTheCallerUnchanged) {
  with_loop([&]() -> Task<void> {
    co_await begin("id");
    const auto answer = co_await said("POST", "invocation/id/error", std::string(R"({"errorMessage":"no"})"),
                                      {{"Lambda-Runtime-Function-Error-Type", "Function.Mine"}});
    EXPECT_EQ(answer, kAccepted);
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kError);
    EXPECT_EQ(done.body, R"({"errorMessage":"no"})");
    EXPECT_EQ(done.error_type, "Function.Mine");
  });
}

TEST_F(Api, ErrorTypesOfNoKnownFormAreUnknown) {
  const std::pair<std::string, std::string> cases[] = {{"Runtime.ExitError", "Runtime.ExitError"},
                                                       {"Function.lower", "Function.Unknown"},
                                                       {"Runtime.Bad Name", "Runtime.Unknown"},
                                                       {"ValueError", "Runtime.Unknown"},
                                                       {"", "Function.Unknown"}};
  with_loop([&]() -> Task<void> {
    for (const auto& [given, recorded] : cases) {
      co_await begin("id");
      co_await said("POST", "invocation/id/error", {}, {{"Lambda-Runtime-Function-Error-Type", given}});
      const RuntimeEvent done = co_await event();
      EXPECT_EQ(done.error_type, recorded) << given;
    }
  });
}

TEST_F(Api, AResultOfAnotherInvokeIsRefusedAndTheRightOneTaken) {
  with_loop([&]() -> Task<void> {
    co_await begin("id");
    for (const char* verb : {"response", "error"}) {
      const auto answer = co_await said("POST", std::string("invocation/other/") + verb, std::string("x"));
      EXPECT_EQ(answer, "400 InvalidRequestID");
    }
    EXPECT_TRUE(events.empty());
    const auto answer = co_await said("POST", "invocation/id/response", std::string("x"));
    EXPECT_EQ(answer, kAccepted);
  });
}

TEST_F(Api, ASecondResultIsRefused) {
  with_loop([&]() -> Task<void> {
    co_await begin("id");
    co_await said("POST", "invocation/id/response", std::string("first"));
    for (const char* verb : {"response", "error"}) {
      const auto answer = co_await said("POST", std::string("invocation/id/") + verb, std::string("second"));
      EXPECT_EQ(answer, kRefusedOrder);
    }
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.body, "first");
    EXPECT_TRUE(events.empty());
  });
}

TEST_F(Api, ResultsBeforeAnEventAndAskingTwiceAreRefused) {
  with_loop([&]() -> Task<void> {
    auto answer = co_await said("POST", "invocation/id/response", std::string("x"));
    EXPECT_EQ(answer, kRefusedOrder);
    co_await begin("id");
    answer = co_await said("GET", "invocation/next");
    EXPECT_EQ(answer, kRefusedOrder);
    answer = co_await said("POST", "init/error", std::string("{}"));
    EXPECT_EQ(answer, kRefusedOrder);
  });
}

TEST_F(Api, AResultEndsAtItsLimit) {
  with_loop([&]() -> Task<void> {
    co_await begin("id");
    auto answer = co_await said("POST", "invocation/id/response", std::string(kResponseBytesMax, 'x'));
    EXPECT_EQ(answer, kAccepted);
    RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kResponse);
    co_await begin("id");
    answer = co_await said("POST", "invocation/id/response", std::string(kResponseBytesMax + 1, 'x'));
    EXPECT_EQ(answer, "413 RequestEntityTooLarge");
    done = co_await event();
    EXPECT_EQ(done.kind, Kind::kTooLarge);
    co_await begin("next");  // the runtime goes on
  });
}

class Broken final : public io::BodySource {
 public:
  Async<std::string> read() override {
    if (std::exchange(begun_, true)) co_return Error{.code = "ConnectionClosed", .message = "gone"};
    co_return "half of ";
  }

 private:
  bool begun_ = false;
};

TEST_F(Api, AResultThatBreaksOffIsNoResult) {
  with_loop([&]() -> Task<void> {
    co_await begin("id");
    const auto answer = co_await said("POST", "invocation/id/response",
                                      std::unique_ptr<io::BodySource>(std::make_unique<Broken>()));
    EXPECT_EQ(answer, "400 TruncatedHTTPRequest");
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kTruncated);
  });
}

TEST_F(Api, AnInitMayFailOnce) {
  with_loop([&]() -> Task<void> {
    auto answer = co_await said("POST", "init/error", std::string(R"({"errorMessage":"no"})"),
                                {{"Lambda-Runtime-Function-Error-Type", "Runtime.ImportModuleError"}});
    EXPECT_EQ(answer, kAccepted);
    const RuntimeEvent failed = co_await event();
    EXPECT_EQ(failed.kind, Kind::kInitError);
    EXPECT_EQ(failed.error_type, "Runtime.ImportModuleError");
    answer = co_await said("POST", "init/error", std::string("{}"));
    EXPECT_EQ(answer, kRefusedOrder);
    answer = co_await said("GET", "invocation/next");
    EXPECT_EQ(answer, kRefusedOrder);
  });
}

// A body that arrives in pieces and ends with trailers, or breaks off.
class Pieces final : public io::BodySource {
 public:
  Pieces(std::vector<std::string> pieces, io::Headers trailers, bool breaks_off = false)
      : pieces_(std::move(pieces)), trailers_(std::move(trailers)), breaks_off_(breaks_off) {}
  Async<std::string> read() override {
    co_await io::yield_now();
    if (next_ < pieces_.size()) co_return pieces_[next_++];
    if (breaks_off_) co_return Error{"TruncatedBody", ""};
    co_return std::string();
  }
  const io::Headers* trailers() const override { return &trailers_; }

 private:
  std::vector<std::string> pieces_;
  io::Headers trailers_;
  bool breaks_off_;
  size_t next_ = 0;
};

const io::Headers kStreaming = {{"Lambda-Runtime-Function-Response-Mode", "streaming"},
                                {"Content-Type", "text/x"}};

io::Body pieces(io::Headers trailers = {}, bool breaks_off = false) {
  return std::unique_ptr<io::BodySource>(
      std::make_unique<Pieces>(std::vector<std::string>{"one,", "two,"}, std::move(trailers), breaks_off));
}

TEST_F(Api, AStreamedResponseReachesTheCallerAsItComes) {
  with_loop([&]() -> Task<void> {
    co_await begin("id");
    StreamedResponse mine = stream_response();
    stream = mine.writing;
    (void)co_await said("POST", "invocation/id/response", std::string("first"));
    co_await event();
    co_await begin("id 2");
    EXPECT_FALSE(mine.begun.ready());
    auto answer = co_await said("POST", "invocation/id 2/response", pieces(), kStreaming);
    EXPECT_EQ(answer, kAccepted);
    const auto head = co_await mine.begun;
    EXPECT_TRUE(head);
    if (head) EXPECT_EQ(head->content_type, "text/x");
    const auto bytes = co_await mine.bytes->read();
    EXPECT_EQ(*bytes, "one,two,");
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kResponse);
    EXPECT_EQ(done.body, "");
    answer = co_await said("POST", "invocation/id 2/response", std::string("again"));
    EXPECT_EQ(answer, kRefusedOrder);
  });
}

TEST_F(Api, AStreamForACallerWhoWantsNoneIsGathered) {
  with_loop([&]() -> Task<void> {
    co_await begin("id");
    const auto answer = co_await said("POST", "invocation/id/response", pieces(), kStreaming);
    EXPECT_EQ(answer, kAccepted);
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kResponse);
    EXPECT_EQ(done.body, "one,two,");
    EXPECT_EQ(done.content_type, "text/x");
  });
}

TEST_F(Api, TrailersTellOfAnErrorWhetherOrNotTheCallerStreams) {
  for (const bool streams : {true, false}) {
    with_loop([&]() -> Task<void> {
      api.reset();
      events.clear();
      StreamedResponse mine = stream_response();
      if (streams) stream = mine.writing;
      co_await begin("id");
      io::Headers trailers = {{"Lambda-Runtime-Function-Error-Type", "Function.Broke"},
                              {"Lambda-Runtime-Function-Error-Body", "eyJhIjoxfQ=="}};
      const auto answer =
          co_await said("POST", "invocation/id/response", pieces(std::move(trailers)), kStreaming);
      EXPECT_EQ(answer, kAccepted);
      const RuntimeEvent failed = co_await event();
      EXPECT_EQ(failed.kind, Kind::kError);
      EXPECT_EQ(failed.error_type, "Function.Broke");
      EXPECT_EQ(failed.body, R"({"a":1})");
      stream.reset();
    });
  }
}

TEST_F(Api, AStreamThatBreaksOffIsTruncated) {
  with_loop([&]() -> Task<void> {
    StreamedResponse mine = stream_response();
    stream = mine.writing;
    co_await begin("id");
    const auto answer = co_await said("POST", "invocation/id/response", pieces({}, true), kStreaming);
    EXPECT_EQ(answer, "400 TruncatedHTTPRequest");
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kTruncated);
  });
}

// As many bytes as a stream may have, and one more.
class TooMuch final : public io::BodySource {
 public:
  Async<std::string> read() override {
    constexpr size_t kPieceBytes = 8 << 20;
    sent_bytes_ += kPieceBytes;
    if (sent_bytes_ <= kStreamedBytesMax) co_return std::string(kPieceBytes, 'x');
    co_return std::string("y");
  }

 private:
  uint64_t sent_bytes_ = 0;
};

TEST_F(Api, AStreamHasALimit) {
  with_loop([&]() -> Task<void> {
    StreamedResponse mine = stream_response();
    stream = mine.writing;
    co_await begin("id");
    mine.bytes.reset();
    const auto answer =
        co_await said("POST", "invocation/id/response",
                      std::unique_ptr<io::BodySource>(std::make_unique<TooMuch>()), kStreaming);
    EXPECT_EQ(answer, "413 RequestEntityTooLarge");
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kTooLarge);
    EXPECT_EQ(done.bytes_max, 209'715'200);
  });
}

TEST_F(Api, AStreamGoesOnWithoutItsReader) {
  with_loop([&]() -> Task<void> {
    StreamedResponse mine = stream_response();
    stream = mine.writing;
    co_await begin("id");
    mine.bytes.reset();
    const auto answer = co_await said("POST", "invocation/id/response", pieces(), kStreaming);
    EXPECT_EQ(answer, kAccepted);
    const RuntimeEvent done = co_await event();
    EXPECT_EQ(done.kind, Kind::kResponse);
  });
}

TEST_F(Api, ANewProcessBeginsAnewAndTheOldOnesRequestIsLetGo) {
  with_loop([&]() -> Task<void> {
    auto ask = [this]() -> Task<void> { handed_out = co_await call("GET", "invocation/next"); };
    asking.spawn(ask());
    co_await event();
    api.reset();
    co_await asking.drained();
    EXPECT_EQ(handed_out.status, 410);
    co_await begin("id");
    EXPECT_EQ(handed_out.status, 200);
  });
}

TEST_F(Api, WhatIsNoCallOfTheApiIsNotFound) {
  with_loop([&]() -> Task<void> {
    for (const char* path :
         {"", "invocation", "invocation/response", "invocation/id/other", "restore/next"}) {
      const auto answer = co_await said("POST", path);
      EXPECT_EQ(answer, "404 404 page not found\n") << path;
    }
    const auto answer = co_await said("POST", "invocation/id/response", {},
                                      {{"Lambda-Runtime-Function-Response-Mode", "odd"}});
    EXPECT_EQ(answer, kRefusedOrder);
    co_await begin("id");
    const auto odd = co_await said("POST", "invocation/id/response", {},
                                   {{"Lambda-Runtime-Function-Response-Mode", "odd"}});
    EXPECT_EQ(odd, "400 InvalidFunctionResponseMode");
  });
}

}  // namespace
}  // namespace hearth::execution
