// Promise: your AWS code runs unchanged. Filter patterns find what they find at AWS.
#include "services/logs/terms.h"

#include <gtest/gtest.h>

namespace hearth::services::logs {
namespace {

bool match(std::string_view pattern, std::string_view message) {
  return Terms::parse(pattern).value().match(message);
}
std::string refusal(std::string_view pattern) {
  const auto terms = Terms::parse(pattern);
  return terms ? "none" : terms.error().code + ": " + terms.error().message;
}

TEST(Terms, all_plain_terms_must_occur) {
  EXPECT_TRUE(match("ERROR", "[ERROR] out of memory"));
  EXPECT_TRUE(match("memory ERROR", "[ERROR] out of memory"));
  EXPECT_FALSE(match("ERROR disk", "[ERROR] out of memory"));
  EXPECT_FALSE(match("error", "[ERROR] out of memory"));
  EXPECT_TRUE(match("request_id", "the request_id is gone"));
}

TEST(Terms, a_pattern_of_nothing_finds_everything) {
  for (const char* pattern : {"", "  ", "\"\"", "\" \""}) EXPECT_TRUE(match(pattern, "x")) << pattern;
}

TEST(Terms, quotes_hold_a_phrase_together) {
  EXPECT_TRUE(match("\"out of memory\"", "[ERROR] out of memory"));
  EXPECT_FALSE(match("\"memory of\"", "[ERROR] out of memory"));
  EXPECT_TRUE(match(R"("level\":\"error")", R"({"level":"error"})"));
  EXPECT_TRUE(match(R"("a\\b")", R"(a\b)"));
  EXPECT_TRUE(match(R"("a\nb")", R"(a\nb)"));
  EXPECT_TRUE(match("\"-x\" \"?y\"", "-x ?y"));
}

TEST(Terms, a_minus_leaves_out) {
  EXPECT_TRUE(match("ERROR -retry", "ERROR once"));
  EXPECT_FALSE(match("ERROR -retry", "ERROR in retry"));
  EXPECT_FALSE(match("-\"in retry\"", "ERROR in retry"));
  EXPECT_TRUE(match("-retry", "all is well"));
}

TEST(Terms, of_terms_with_a_question_mark_one_is_enough) {
  EXPECT_TRUE(match("?ERROR ?WARN", "WARN it is late"));
  EXPECT_TRUE(match("?ERROR ?\"is late\"", "WARN it is late"));
  EXPECT_FALSE(match("?ERROR ?WARN", "INFO all is well"));
}

TEST(Terms, question_marks_beside_other_terms_ask_for_nothing) {
  EXPECT_TRUE(match("?ERROR late", "WARN it is late"));
  EXPECT_FALSE(match("?WARN ERROR", "WARN it is late"));
  EXPECT_TRUE(match("?ERROR -early", "WARN it is late"));
}

TEST(Terms, what_needs_quotes_is_refused_without) {
  EXPECT_EQ(refusal("RequestId: 1"), "InvalidParameterException: Invalid character(s) in term ':'");
  EXPECT_EQ(refusal("me@example"), "InvalidParameterException: Invalid character(s) in term '@'");
  EXPECT_EQ(refusal("ERROR \"not closed"), "InvalidParameterException: Invalid filter pattern");
  EXPECT_EQ(refusal("ERROR -"), "InvalidParameterException: Invalid filter pattern");
}

TEST(Terms, patterns_of_other_kinds_are_refused_by_name) {
  for (const char* pattern : {"{ $.a = 1 }", "[ip, user]", "%5[0-9]%"}) {
    EXPECT_EQ(refusal(pattern).substr(0, 14), "NotImplemented") << pattern;
  }
}

}  // namespace
}  // namespace hearth::services::logs
