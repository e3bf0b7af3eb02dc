// Promise: your AWS code runs unchanged. Readers find their place again, and only with tokens they were
// given.
#include "services/logs/tokens.h"

#include <gtest/gtest.h>

namespace hearth::services::logs {
namespace {

TEST(Tokens, a_position_is_56_digits_and_comes_back) {
  for (const Position at :
       {Position{0, 0}, Position{1'800'000'000'000, 7}, Position{INT64_MAX, UINT64_MAX}}) {
    EXPECT_EQ(at.digits().size(), 56u);
    EXPECT_EQ(Position::parse(at.digits()), at);
  }
}

TEST(Tokens, digits_sort_as_positions_do) {
  EXPECT_LT((Position{9, 10}.digits()), (Position{10, 9}.digits()));
  EXPECT_LT((Position{9, 9}.digits()), (Position{9, 10}.digits()));
}

TEST(Tokens, a_cursor_keeps_its_direction) {
  const Cursor forward{.at = {5, 6}};
  const Cursor backward{.at = {5, 6}, .backward = true};
  EXPECT_TRUE(forward.token().starts_with("f/0"));
  EXPECT_TRUE(backward.token().ends_with("6/s"));
  EXPECT_EQ(Cursor::parse(forward.token()), forward);
  EXPECT_EQ(Cursor::parse(backward.token()), backward);
}

TEST(Tokens, what_is_no_token_is_not_taken) {
  const std::string good = Cursor{.at = {5, 6}}.token();
  const std::string digits = good.substr(2, 56);
  for (const std::string& bad :
       {std::string(), std::string("f/"), std::string("/s"), "x" + good.substr(1), good + "s", "f/" + digits,
        "f/" + digits.substr(1) + "/s", "f/-" + digits.substr(1) + "/s", "f/" + std::string(56, '9') + "/s",
        "f/" + std::string(56, ' ') + "/s"}) {
    EXPECT_FALSE(Cursor::parse(bad)) << bad;
  }
}

TEST(Tokens, of_listings_hold_a_key_of_the_table) {
  const std::string key = store::Key(int64_t{5}, "name").bytes();
  EXPECT_EQ((key_of_token<int64_t, std::string>(token_of_key(key)).value()), key);
  EXPECT_EQ((key_of_token<int64_t, std::string>(std::nullopt).value()), "");
  EXPECT_FALSE(key_of_token<std::string>(token_of_key(key)));
  EXPECT_FALSE(key_of_token<std::string>("zzzz"));
  EXPECT_EQ(key_of_token<std::string>("50").error().message, "The specified nextToken is invalid.");
}

}  // namespace
}  // namespace hearth::services::logs
