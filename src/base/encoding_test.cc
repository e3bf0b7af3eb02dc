// Promise: bytes survive their text forms, and malformed text is refused rather than guessed at.
#include "base/encoding.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Encoding, Base64RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
  EXPECT_EQ(base64_encode("Man"), "TWFu");
  EXPECT_EQ(base64_encode("Ma"), "TWE=");
}

TEST(Encoding, Base64RefusesWhatIsNotBase64) {
  for (const char* text : {"a", "ab=c", "====", "ab c", "TWF\n", "=AAA"})
    EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(Encoding, PercentEncodingKeepsUnreservedOnly) {
  EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
  EXPECT_EQ(percent_encode("a/b", "/"), "a/b");
  EXPECT_EQ(percent_decode("a%20b%2f"), "a b/");
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%g0"));
}

TEST(Encoding, Utf8RefusesOverlongAndSurrogates) {
  EXPECT_TRUE(is_utf8("grüße \xf0\x9f\x94\xa5"));
  for (const char* text : {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82"}) {
    EXPECT_FALSE(is_utf8(text));
  }
  EXPECT_EQ(utf8_length("grüße"), 5u);
}

TEST(Encoding, HexRoundTrips) {
  EXPECT_EQ(hex_encode("\x00\xff"), "");  // a C string ends at its first zero
  EXPECT_EQ(hex_encode(std::string("\x00\xff", 2)), "00ff");
  EXPECT_EQ(hex_decode("00fF"), std::string("\x00\xff", 2));
  EXPECT_FALSE(hex_decode("0"));
}

}  // namespace
}  // namespace hearth
