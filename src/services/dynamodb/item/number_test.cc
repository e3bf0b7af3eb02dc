// Promise: numbers are the service's: what it takes, what it answers, how it compares and adds.
#include "services/dynamodb/item/number.h"

#include <gtest/gtest.h>

#include <random>

namespace hearth::services::dynamodb {
namespace {

Number number(std::string_view text) {
  auto parsed = Number::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Number());
}

std::string refusal(std::string_view text) {
  auto parsed = Number::parse(text);
  EXPECT_FALSE(parsed) << text;
  return parsed ? "" : parsed.error().message;
}

TEST(Number, AnySpellingOfADecimalHasOneAnswer) {
  const std::vector<std::pair<std::string, std::string>> spellings = {
      {"007", "7"},
      {"+3", "3"},
      {"1.10", "1.1"},
      {"1.0e3", "1000"},
      {".5", "0.5"},
      {"-0.0", "0"},
      {"0e5", "0"},
      {"5.", "5"},
      {"1E3", "1000"},
      {"-1e-3", "-0.001"},
      {"1e-20", "0.00000000000000000001"},
      {"0e126", "0"},
      {"0e-131", "0"},
      {"100", "100"},
      {"-12.50e1", "-125"},
      {"0.0e999999999999", "0"},
      {"00000000000000000000000000000000000000000001", "1"},
      {"1.00000000000000000000000000000000000000000", "1"}};
  for (const auto& [given, answered] : spellings) EXPECT_EQ(number(given).text(), answered) << given;
  EXPECT_EQ(number("1e125").text(), "1" + std::string(125, '0'));
}

TEST(Number, WhatIsNoneIsRefusedByName) {
  for (const std::string text : {"foo", " 1", "1 ", "NaN", "Infinity", "\"42\"", "1e", "1e+", "e5", ".", "-",
                                 "1.2.3", "0x10", "1e1.5"}) {
    EXPECT_EQ(refusal(text), "The parameter cannot be converted to a numeric value: " + text);
  }
  EXPECT_EQ(refusal(""), "The parameter cannot be converted to a numeric value");
}

TEST(Number, RangeAndPrecisionHaveTheirEdges) {
  const std::string digits38(38, '9');
  EXPECT_EQ(number(digits38).text(), digits38);
  EXPECT_EQ(refusal(digits38 + "9"), "Attempting to store more than 38 significant digits in a Number");
  EXPECT_EQ(number(digits38 + "0").text(), digits38 + "0");
  EXPECT_EQ(number("9.9999999999999999999999999999999999999E+125").text(), digits38 + std::string(88, '0'));
  EXPECT_TRUE(refusal("1E+126").starts_with("Number overflow."));
  EXPECT_TRUE(refusal("-1E+99999999999999999999").starts_with("Number overflow."));
  EXPECT_EQ(number("1E-130").text(), "0." + std::string(129, '0') + "1");
  EXPECT_TRUE(refusal("1E-131").starts_with("Number underflow."));
}

TEST(Number, SumsAreExactOrRefused) {
  const auto sum = [](std::string_view a, std::string_view b) {
    auto result = number(a).plus(number(b));
    return result ? result->text() : result.error().message.substr(0, 15);
  };
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("5", "-5"), "0");
  EXPECT_EQ(sum("1e20", "-1"), "99999999999999999999");
  EXPECT_EQ(sum("-1e20", "1"), "-99999999999999999999");
  EXPECT_EQ(sum("9e125", "9e125"), "Number overflow");
  EXPECT_EQ(sum("1e50", "1"), "Number overflow");
  EXPECT_EQ(sum("1e38", "-1"), std::string(38, '9'));
  EXPECT_EQ(sum("1e38", "1"), "Number overflow");
  EXPECT_EQ(sum("18e37", "-99999999999999999999999999999999999999"),
            "80000000000000000000000000000000000001");
  EXPECT_EQ(sum("9e38", "-1"), "Number overflow");
  EXPECT_EQ(sum("1e125", "-1e-130"), "Number overflow");
  EXPECT_EQ(number("3").minus(number("10"))->text(), "-7");
  EXPECT_EQ(number("0").minus(number("10"))->text(), "-10");
}

// Random numbers over the whole range, many of them near each other.
TEST(Number, BytesOrderAsNumbersDoAndNoneBeginsAnother) {
  std::mt19937_64 random(7);
  const auto pick = [&] {
    std::string text = random() % 2 ? "-" : "";
    const size_t digits = 1 + random() % (random() % 3 == 0 ? 38 : 3);
    for (size_t i = 0; i < digits; ++i) text += static_cast<char>('0' + random() % (random() % 2 ? 10 : 2));
    const auto reach = random() % 4 == 0 ? 124 : 3;
    const int exponent = static_cast<int>(random() % (2 * reach)) - reach;
    return number(text + "e" + std::to_string(exponent - static_cast<int>(digits) + 1));
  };
  for (int i = 0; i < 100'000; ++i) {
    const Number a = pick();
    const Number b = pick();
    const std::string left = a.ordered_bytes();
    const std::string right = b.ordered_bytes();
    ASSERT_EQ(a <=> b, left <=> right) << a.text() << " " << b.text();
    ASSERT_EQ(a == b, left == right);
    ASSERT_TRUE(a == b || (!left.starts_with(right) && !right.starts_with(left)));
    ASSERT_EQ(number(a.text()), a);
    if (auto total = a.plus(b)) {
      ASSERT_EQ(*total->minus(b), a) << a.text() << " " << b.text();
    }
  }
}

TEST(Number, SizeCountsPairsOfDigits) {
  EXPECT_EQ(number("0").size_bytes(), 1U);
  EXPECT_EQ(number("5").size_bytes(), 2U);
  EXPECT_EQ(number("12").size_bytes(), 2U);
  EXPECT_EQ(number("123").size_bytes(), 3U);
  EXPECT_EQ(number("-123").size_bytes(), 4U);
  EXPECT_EQ(number("1000000").size_bytes(), 2U);
}

}  // namespace
}  // namespace hearth::services::dynamodb
