// Promise: a message is read in one way only; what could be read in two ways is refused.
#include "io/http_parser.h"

#include <gtest/gtest.h>

namespace hearth::io {
namespace {

ParsedHead parse(std::string_view text, Request& request) {
  return parse_request_head(text, {}, request);
}

int status_of(std::string_view text) {
  Request request;
  const ParsedHead parsed = parse(text, request);
  return parsed.state == ParsedHead::State::kBad ? parsed.status : 0;
}

TEST(HttpParser, ReadsAWholeHeadAndLeavesTheBody) {
  Request request;
  const std::string text =
      "POST /a%20b?x=1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\nX-Y:  z \r\n\r\nabc";
  const ParsedHead parsed = parse(text, request);
  ASSERT_EQ(parsed.state, ParsedHead::State::kComplete);
  EXPECT_EQ(text.substr(parsed.consumed_bytes), "abc");
  EXPECT_EQ(request.raw_path(), "/a%20b");
  EXPECT_EQ(request.raw_query(), "x=1");
  EXPECT_EQ(request.headers.get("x-y"), "z");
  EXPECT_EQ(parsed.framing.length_bytes, 3u);
  EXPECT_TRUE(parsed.framing.keep_alive);
}

TEST(HttpParser, WaitsToBeToldToGoOnAndForNothingElse) {
  Request request;
  EXPECT_TRUE(
      parse("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n", request).framing.expects_continue);
  EXPECT_FALSE(
      parse("GET / HTTP/1.1\r\nHost: a\r\nExpect: cookies\r\n\r\n", request).framing.expects_continue);
}

TEST(HttpParser, AsksForMoreAtEveryPrefix) {
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (size_t i = 0; i < text.size(); ++i) {
    Request request;
    EXPECT_EQ(parse(text.substr(0, i), request).state, ParsedHead::State::kIncomplete) << i;
  }
}

TEST(HttpParser, DoesNotWaitForTheRestOfWhatIsNoHead) {
  EXPECT_EQ(status_of("\x16\x03\x01\x02"), 400);  // TLS
  Request request;
  EXPECT_EQ(parse("\r", request).state, ParsedHead::State::kIncomplete);
  EXPECT_EQ(parse("\r\n\r", request).state, ParsedHead::State::kIncomplete);
}

TEST(HttpParser, RefusesWhatTwoReadersCouldReadDifferently) {
  EXPECT_EQ(
      status_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
      400);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\n"), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3,3\r\n\r\n"), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost : h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: h\r\n folded: x\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(HttpParser, RefusesHeadsBeyondTheLimit) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x')), 431);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 300; ++i) many += "X: y\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
}

TEST(HttpParser, DecidesKeepAliveByVersionAndHeader) {
  Request request;
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n", request).framing.keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", request).framing.keep_alive);
  EXPECT_FALSE(
      parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", request).framing.keep_alive);
}

TEST(ChunkDecoder, DecodesWhateverThePiecesAre) {
  const std::string coded = "4;ext=1\r\nWiki\r\n5\r\npedia\r\n0\r\nX-T: v\r\n\r\nNEXT";
  for (size_t step = 1; step <= coded.size(); ++step) {
    ChunkDecoder decoder;
    std::string out, rest;
    ChunkDecoder::State state = ChunkDecoder::State::kMore;
    for (size_t at = 0; at < coded.size(); at += step) {
      std::string_view piece = std::string_view(coded).substr(at, step);
      if (state == ChunkDecoder::State::kMore) state = decoder.decode(piece, out);
      rest += piece;
    }
    EXPECT_EQ(state, ChunkDecoder::State::kDone);
    EXPECT_EQ(out, "Wikipedia");
    EXPECT_EQ(rest, "NEXT");
    EXPECT_EQ(decoder.trailers().get("x-t"), "v");
  }
}

TEST(ChunkDecoder, RefusesMalformedChunks) {
  for (const char* text :
       {"x\r\n", "-1\r\n", "5\nhello", "1\r\nab\r\n", "fffffffffffffffff\r\n", "0\r\nno colon\r\n\r\n"}) {
    ChunkDecoder decoder;
    std::string out;
    std::string_view input = text;
    EXPECT_EQ(decoder.decode(input, out), ChunkDecoder::State::kBad) << text;
  }
}

TEST(HttpParser, ReadsResponsesWithEachFraming) {
  Response response;
  auto kind = [&](std::string_view text, bool head = false) {
    return parse_response_head(text, {}, head, response).framing.kind;
  };
  EXPECT_EQ(kind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), Framing::Kind::kLength);
  EXPECT_EQ(kind("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", true), Framing::Kind::kNone);
  EXPECT_EQ(kind("HTTP/1.1 204\r\n\r\n"), Framing::Kind::kNone);
  EXPECT_EQ(kind("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), Framing::Kind::kChunked);
  EXPECT_EQ(kind("HTTP/1.1 200 OK\r\n\r\n"), Framing::Kind::kUntilClose);
}

}  // namespace
}  // namespace hearth::io
