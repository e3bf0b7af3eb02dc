// Promise: your AWS code runs unchanged. Documents are read and written as the services do.
#include "base/json.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Json, NumbersAreWrittenAsPeopleWriteThem) {
  EXPECT_EQ(to_text(json::array{3.5, 0.1, 1790000000.123, 2.0, 1e300, -7, 18446744073709551615u}),
            "[3.5,0.1,1790000000.123,2,1e+300,-7,18446744073709551615]");
}

TEST(Json, ADocumentComesBackInItsOrder) {
  const std::string text = R"({"b":[1,{"a":null}],"a":"\"é\n","c":{},"d":[],"e":true})";
  EXPECT_EQ(to_text(parse_json(text).value()), text);
}

TEST(Json, CheckingRefusesWhatParsingRefuses) {
  for (const std::string text : {"", " ", "{", "nul", "1 2", "[1,]", "{\"a\":1,}", "1e999", "\"\xff\""}) {
    const auto parsed = parse_json(text);
    const auto checked = check_json(text);
    ASSERT_FALSE(parsed) << text;
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(parsed.error().code, checked.error().code) << text;
  }
  for (const char* text : {"1", " null ", "{\"a\":[1.5,\"x\"]}", "\"\\ud83d\\ude00\""}) {
    EXPECT_TRUE(parse_json(text)) << text;
    EXPECT_TRUE(check_json(text)) << text;
  }
}

TEST(Json, WhatIsOnlyCheckedMayNestDeeperThanWhatIsBuilt) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(64)));
  EXPECT_FALSE(parse_json(nested(65)));
  EXPECT_TRUE(check_json(nested(1000)));
  EXPECT_FALSE(check_json(nested(1001)));
}

}  // namespace
}  // namespace hearth
