// Promise: your AWS code runs unchanged: what is wrong with a payload is told in the words of the service.
#include "services/lambda/payload_fault.h"

#include <gtest/gtest.h>

namespace hearth::services::lambda {
namespace {

constexpr auto kExpected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

std::string told(const std::string& what, const std::string& payload, int column, int line = 1) {
  return what + "\n at [Source: (byte[])\"" + payload + "\"; line: " + std::to_string(line) +
         ", column: " + std::to_string(column) + "]";
}

TEST(PayloadFault, AWordThatIsNone) {
  const std::string expecting = std::string("': was expecting ") + kExpected;
  EXPECT_EQ(payload_fault("abc"), told("Unrecognized token 'abc" + expecting, "abc", 4));
  EXPECT_EQ(payload_fault("foo bar"), told("Unrecognized token 'foo" + expecting, "foo bar", 5));
  EXPECT_EQ(payload_fault("nullx"), told("Unrecognized token 'nullx" + expecting, "nullx", 6));
  EXPECT_EQ(payload_fault("[True]"), told("Unrecognized token 'True" + expecting, "[True]", 7));
}

TEST(PayloadFault, ACharacterThatIsNotExpected) {
  EXPECT_EQ(payload_fault("{key: 1}"),
            told("Unexpected character ('k' (code 107)): was expecting double-quote to start field name",
                 "{key: 1}", 3));
  EXPECT_EQ(payload_fault("{'a': 1}"),
            told("Unexpected character (''' (code 39)): was expecting double-quote to start field name",
                 "{'a': 1}", 3));
  EXPECT_EQ(
      payload_fault(R"({"a" 1})"),
      told("Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
           R"({"a" 1})", 7));
  EXPECT_EQ(payload_fault("[1 2]"),
            told("Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
                 "[1 2]", 5));
  EXPECT_EQ(payload_fault("'a'"),
            told(std::string("Unexpected character (''' (code 39)): expected a valid value ") + kExpected,
                 "'a'", 2));
  EXPECT_EQ(
      payload_fault("\x91"),
      told(std::string("Unexpected character ((CTRL-CHAR, code 145)): expected a valid value ") + kExpected,
           "\xef\xbf\xbd", 2));
}

TEST(PayloadFault, AnEndThatComesTooEarly) {
  EXPECT_EQ(payload_fault("{"),
            told("Unexpected end-of-input: expected close marker for Object (start marker at [Source: "
                 "(byte[])\"{\"; line: 1, column: 1])",
                 "{", 2));
  EXPECT_EQ(payload_fault(R"({"a":)"),
            told("Unexpected end-of-input within/between Object entries", R"({"a":)", 6));
  EXPECT_EQ(payload_fault(R"("a)"),
            told("Unexpected end-of-input: was expecting closing quote for a string value", R"("a)", 3));
  EXPECT_EQ(payload_fault("  "), told("No content to map due to end-of-input", "  ", 3));
}

TEST(PayloadFault, LinesAreCounted) {
  EXPECT_EQ(payload_fault("{\n  x"),
            told("Unexpected character ('x' (code 120)): was expecting double-quote to start field name",
                 "{\n  x", 4, 2));
}

TEST(PayloadFault, StringsAndNumbers) {
  EXPECT_EQ(payload_fault(R"("\x")"), told("Unrecognized character escape 'x' (code 120)", R"("\x")", 4));
  EXPECT_EQ(payload_fault("\"\xff\""), told("Invalid UTF-8 start byte 0xff", "\"\xef\xbf\xbd\"", 3));
  EXPECT_EQ(payload_fault("01"), told("Invalid numeric value: Leading zeroes not allowed", "01", 3));
  EXPECT_EQ(
      payload_fault("-a"),
      told("Unexpected character ('a' (code 97)) in numeric value: expected digit (0-9) to follow minus "
           "sign, for valid numeric value",
           "-a", 3));
}

TEST(PayloadFault, WhatIsBehindTheFirstValueIsNotLookedAt) {
  EXPECT_EQ(payload_fault("{} x"), "");
  EXPECT_EQ(payload_fault(R"([{"a":[1,-2.5e3,"\u00e9",null,true]},{}])"), "");
}

TEST(PayloadFault, AtMost500BytesAreShown) {
  const std::string fault = payload_fault("x" + std::string(599, ' '));
  EXPECT_TRUE(fault.contains("\"[truncated 100 bytes]; line: 1, column: 3]"));
}

}  // namespace
}  // namespace hearth::services::lambda
