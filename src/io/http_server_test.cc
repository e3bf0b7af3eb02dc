// Promise: requests are answered in order on kept connections, bodies stream both ways, limits answer
// clearly, and a drain lets what is under way finish.
#include "io/http_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/http_client.h"
#include "io/timeout.h"

namespace hearth::io {
namespace {

using namespace std::chrono_literals;

class Counter final : public BodySource {
 public:
  explicit Counter(int pieces) : left_(pieces) {}
  Async<std::string> read() override {
    if (left_-- <= 0) co_return std::string{};
    co_await yield_now();
    co_return std::string(1000, 'x');
  }

 private:
  int left_;
};

Task<Response> answer(Request request) {
  Response response;
  if (request.target == "/echo") {
    auto body = co_await request.body.read_all(64 << 20);
    response.body = body ? *body : body.error().code;
  } else if (request.target == "/stream") {
    response.body = Body(std::make_unique<Counter>(100));
  } else if (request.target == "/none") {
    response.status = 204;
    response.body = Body(std::make_unique<Counter>(1));
  } else if (request.target == "/slow") {
    co_await sleep_for(50ms);
    response.body = std::string("slow");
  } else if (request.target == "/file") {
    char name[] = "/tmp/hearth_http_test_XXXXXX";
    Fd file(::mkostemp(name, O_CLOEXEC));
    ::unlink(name);
    EXPECT_EQ(::write(file.get(), "0123456789", 10), 10);
    response.body = FileRange{std::move(file), 2, 5};
  } else if (request.target == "/throw") {
    throw std::runtime_error("on purpose");
  } else {
    response.body = request.method + " " + request.target;
  }
  co_return std::move(response);
}

constexpr auto kBodyTimeout = 2s;

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() : loops_(2), server_(loops_, answer, options()) {
    auto listener = listen_on({.host = "127.0.0.1", .port = 0});
    CHECK(listener.has_value());
    address_ = local_address(listener->get());
    server_.serve(std::move(*listener));
    loops_.start();
  }
  ~HttpServerTest() override { loops_.stop(); }

  static HttpServerOptions options() {
    HttpServerOptions options;
    options.body_bytes_max = 32 << 20;
    options.body_timeout = kBodyTimeout;
    return options;
  }
  void run(std::function<Task<void>()> body) {
    Loop loop;
    auto wrap = [](std::function<Task<void>()> inner) -> Task<void> {
      const auto done = co_await with_timeout(
          [](Task<void> t) -> Task<bool> {
            co_await std::move(t);
            co_return true;
          }(inner()),
          20s);
      EXPECT_TRUE(done) << "timed out";
    };
    loop.run_until_done(wrap(body));
  }
  // Sends raw bytes and reads until the server closes or `until` was seen.
  Task<std::string> raw(std::string bytes, std::string until) {
    auto fd = co_await connect_to(address_, {});
    SocketStream stream(std::move(*fd));
    (void)co_await stream.write(bytes, {});
    std::string all;
    char buffer[4096];
    while (all.find(until) == std::string::npos) {
      auto n = co_await stream.read(buffer, Loop::here().now() + 5s);
      if (!n || *n == 0) break;
      all.append(buffer, *n);
    }
    co_return all;
  }

  Loops loops_;
  Address address_;
  HttpServer server_;
};

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  run([&]() -> Task<void> {
    const std::string got = co_await raw(
        "GET /slow HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET /b");
    EXPECT_LT(got.find("slow"), got.find("GET /b"));
    EXPECT_NE(got.find("Date: "), std::string::npos);
  });
}

TEST_F(HttpServerTest, StreamsBodiesBothWays) {
  run([&]() -> Task<void> {
    HttpClient client;
    for (int i = 0; i < 3; ++i) {
      Request chunked{.method = "POST", .target = "/echo", .body = Body(std::make_unique<Counter>(3000))};
      auto response = co_await client.send(address_, std::move(chunked));
      EXPECT_TRUE(response);
      auto body = co_await response->body.read_all(64 << 20);
      EXPECT_EQ(body->size(), 3'000'000u);

      Request plain{.method = "GET", .target = "/stream"};
      response = co_await client.send(address_, std::move(plain));
      body = co_await response->body.read_all(64 << 20);
      EXPECT_EQ(body->size(), 100'000u);
    }
    // A streamed request cannot be sent again, so each takes a connection of its own; the plain ones share.
    EXPECT_EQ(server_.connections(), 3u);
  });
}

TEST_F(HttpServerTest, AStreamForAStatusWithoutABodyIsNoBody) {
  run([&]() -> Task<void> {
    const std::string got = co_await raw(
        "GET /none HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET /b");
    EXPECT_TRUE(got.starts_with("HTTP/1.1 204 "));
    EXPECT_EQ(got.find("chunked"), std::string::npos);
    EXPECT_EQ(got.find("xxx"), std::string::npos);
  });
}

TEST_F(HttpServerTest, SendsFileRanges) {
  run([&]() -> Task<void> {
    HttpClient client;
    auto response = co_await client.send(address_, Request{.method = "GET", .target = "/file"});
    const auto body = co_await response->body.read_all(100);
    EXPECT_EQ(*body, "23456");
  });
}

TEST_F(HttpServerTest, SaysContinueOnlyWhenTheBodyIsWanted) {
  run([&]() -> Task<void> {
    const std::string wanted =
        co_await raw("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
                     "100 Continue");
    EXPECT_TRUE(wanted.starts_with("HTTP/1.1 100 Continue"));
    const std::string nothing =
        co_await raw("POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
                     "POST /other");
    EXPECT_TRUE(nothing.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")) << nothing;
    EXPECT_EQ(nothing.find("Connection: close"), std::string::npos);
    const std::string unwanted =
        co_await raw("POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
                     "POST /other");
    EXPECT_TRUE(unwanted.starts_with("HTTP/1.1 200"));
    EXPECT_NE(unwanted.find("Connection: close"), std::string::npos);
  });
}

TEST_F(HttpServerTest, RefusesBodiesBeyondTheLimitAndBadRequests) {
  run([&]() -> Task<void> {
    const std::string large =
        co_await raw("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", "\n\n");
    EXPECT_TRUE(large.starts_with("HTTP/1.1 413"));
    const std::string bad = co_await raw("nonsense\r\n\r\n", "\n\n");
    EXPECT_TRUE(bad.starts_with("HTTP/1.1 400"));
    const std::string truncated = co_await raw(
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "BadChunk");
    EXPECT_NE(truncated.find("BadChunk"), std::string::npos);
  });
}

TEST_F(HttpServerTest, DropsAnUnreadBodySoThatItsSenderSeesTheAnswer) {
  run([&]() -> Task<void> {
    HttpClient client;
    Request request{.method = "POST", .target = "/ignored", .body = std::string(8 << 20, 'x')};
    auto response = co_await client.send(address_, std::move(request));
    EXPECT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(server_.connections(), 1u);
  });
}

TEST_F(HttpServerTest, ASenderThatStallsIsWaitedForOnceOnly) {
  for (const char* framing :
       {"Content-Length: 10\r\n\r\n123", "Transfer-Encoding: chunked\r\n\r\n3\r\n123"}) {
    run([&]() -> Task<void> {
      const SteadyTime began = Loop::here().now();
      const std::string got =
          co_await raw(std::string("POST /echo HTTP/1.1\r\nHost: h\r\n") + framing, "Timeout");
      EXPECT_NE(got.find("Timeout"), std::string::npos);
      EXPECT_NE(got.find("Connection: close"), std::string::npos);
      EXPECT_LT(Loop::here().now() - began, 2 * kBodyTimeout);
    });
  }
}

TEST_F(HttpServerTest, AHandlerThatThrowsAnswers500AndTheConnectionLivesOn) {
  run([&]() -> Task<void> {
    HttpClient client;
    auto response = co_await client.send(address_, Request{.method = "GET", .target = "/throw"});
    EXPECT_TRUE(response) << response.error().code << response.error().message;
    EXPECT_EQ(response->status, 500);
    auto next = co_await client.send(address_, Request{.method = "GET", .target = "/next"});
    EXPECT_EQ(next->status, 200);
  });
}

TEST_F(HttpServerTest, HeadGetsALengthAndNoBody) {
  run([&]() -> Task<void> {
    const std::string got = co_await raw(
        "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET /y");
    EXPECT_NE(got.find("Content-Length: 7\r\n\r\nHTTP/1.1"), std::string::npos) << got;
  });
}

TEST_F(HttpServerTest, DrainLetsRequestsUnderWayFinishAndTakesNoMore) {
  run([&]() -> Task<void> {
    HttpClient idle;
    (void)co_await idle.send(address_, Request{.method = "GET", .target = "/idle"});
    TaskScope scope;
    std::string slow;
    auto request = [&]() -> Task<void> {
      HttpClient client;
      auto response = co_await client.send(address_, Request{.method = "GET", .target = "/slow"});
      if (response) slow = *co_await response->body.read_all(100);
    };
    scope.spawn(request());
    co_await sleep_for(10ms);
    co_await server_.drain(5s);
    co_await scope.drained();
    EXPECT_EQ(slow, "slow");
    EXPECT_EQ(server_.connections(), 0u);
    const auto refused = co_await connect_to(address_, {});
    EXPECT_FALSE(refused);
  });
}

TEST(ConnectTo, TriesAllAddressesOfAName) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  ASSERT_EQ(::getaddrinfo("localhost", nullptr, &hints, &found), 0);
  const bool has_two = found->ai_next != nullptr;
  ::freeaddrinfo(found);
  if (!has_two) GTEST_SKIP() << "localhost has one address on this host";
  const auto listener = listen_on({.host = "127.0.0.1"});
  ASSERT_TRUE(listener);
  Loop loop;
  loop.run_until_done([](uint16_t port) -> Task<void> {
    EXPECT_TRUE(co_await connect_to({.host = "localhost", .port = port}, {}));
  }(local_address(listener->get()).port));
}

}  // namespace
}  // namespace hearth::io
