// Promise: items come back as they were sent, in the service's spelling, and what no item may hold is refused
// in its words.
#include "services/dynamodb/item/value_json.h"

#include <gtest/gtest.h>

namespace hearth::services::dynamodb {
namespace {

std::string again(std::string_view json) {
  auto item = read_item(json);
  return item ? to_json(*item) : item.error().code + ": " + item.error().message;
}

std::string refusal(std::string_view value) {
  auto read = read_value(value);
  return read ? "read" : read.error().code + ": " + read.error().message;
}

TEST(ValueJson, EveryTypeComesBack) {
  const std::string item =
      R"({"b":{"B":"AAEC/w=="},"bs":{"BS":["AA==","AQ=="]},"l":{"L":[{"S":"a"},{"N":"1"},{"L":[]}]},)"
      R"("m":{"M":{"x":{"BOOL":false},"y":{"NULL":true}}},"n":{"N":"-1.5"},"ns":{"NS":["-2","1","10"]},)"
      R"("s":{"S":"q\"\\\n\u0001\u0000é😀"},"ss":{"SS":["","a"]},"t":{"BOOL":true},"e":{"S":""}})";
  const std::string answered = again(item);
  EXPECT_EQ(*read_item(answered), *read_item(item));
  EXPECT_EQ(again(answered), answered);
  EXPECT_NE(answered.find(R"("s":{"S":"q\"\\\n\u0001\u0000é😀"})"), std::string::npos);
}

TEST(ValueJson, SetsAreInOrderAndNumbersInOneSpelling) {
  EXPECT_EQ(again(R"({"a":{"NS":["10","9","1e1e"]}})").substr(0, 19), "ValidationException");
  EXPECT_EQ(again(R"({"a":{"NS":["10","9.0","-1e2"]}})"), R"({"a":{"NS":["-100","9","10"]}})");
  EXPECT_EQ(again(R"({"a":{"SS":["b","a"]}})"), R"({"a":{"SS":["a","b"]}})");
}

TEST(ValueJson, WhatNoValueMayBeIsRefused) {
  const std::string invalid = "ValidationException: ";
  const std::string values = invalid + "One or more parameter values were invalid: ";
  EXPECT_EQ(
      refusal("{}"),
      invalid + "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  EXPECT_EQ(
      refusal(R"({"dog":"cat"})"),
      invalid + "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  EXPECT_EQ(refusal(R"({"S":"a","N":"1"})"), invalid +
                                                 "Supplied AttributeValue has more than one datatypes set, "
                                                 "must contain exactly one of the supported datatypes");
  EXPECT_EQ(refusal(R"({"S":"a","N":"b"})"),
            invalid + "The parameter cannot be converted to a numeric value: b");
  EXPECT_EQ(refusal(R"({"NULL":false})"), values + "Null attribute value types must have the value of true");
  EXPECT_EQ(refusal(R"({"SS":[]})"), values + "An string set  may not be empty");
  EXPECT_EQ(refusal(R"({"NS":[]})"), values + "An number set  may not be empty");
  EXPECT_EQ(refusal(R"({"BS":[]})"), values + "Binary sets should not be empty");
  EXPECT_EQ(refusal(R"({"SS":["a","a"]})"), values + "Input collection [a, a] contains duplicates.");
  EXPECT_EQ(refusal(R"({"NS":["1","1.0"]})"), invalid + "Input collection contains duplicates");
  EXPECT_EQ(refusal(R"({"BS":["AA==","AA=="]})"),
            values + "Input collection [AA==, AA==]of type BS contains duplicates.");
  EXPECT_EQ(refusal(R"({"N":"one"})"), invalid + "The parameter cannot be converted to a numeric value: one");
}

TEST(ValueJson, WhatHasTheWrongFormIsRefused) {
  const std::string misformed = "SerializationException: ";
  EXPECT_EQ(refusal(R"({"N":3})"), misformed + "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(refusal(R"({"S":true})"), misformed + "TRUE_VALUE cannot be converted to String");
  EXPECT_EQ(refusal(R"({"S":1.5})"), misformed + "DECIMAL_VALUE cannot be converted to String");
  EXPECT_EQ(refusal(R"({"S":{}})"), misformed + "Start of structure or map found where not expected");
  EXPECT_EQ(refusal(R"({"SS":"a"})"), misformed + "Unexpected field type");
  EXPECT_EQ(refusal(R"({"BOOL":"true"})"), misformed + "Unexpected token received from parser");
  EXPECT_EQ(refusal(R"({"B":"abc"})"),
            misformed + "Base64 encoded length is expected a multiple of 4 bytes but found: 3");
  EXPECT_EQ(refusal(R"({"B":"a=bc"})"), misformed + "Invalid last non-pad Base64 character dectected");
  EXPECT_EQ(refusal(R"({"B":"YWJjZB=="})"), misformed + "Invalid last non-pad Base64 character dectected");
  EXPECT_EQ(refusal(R"({"S":"\ud800"})"), misformed);
  EXPECT_EQ(refusal(R"({"L":["text"]})"), misformed + "Unexpected value type in payload");
  EXPECT_EQ(refusal(R"({"L":[[]]})"), misformed +
                                          "Unrecognized collection type class com.amazonaws.dynamodb."
                                          "v20120810.AttributeValue");
  EXPECT_EQ(refusal(R"("text")"), misformed + "Unexpected field type");
  for (const std::string_view text : {"", "{", R"({"S":"a")", R"({"S":"a"}})", R"({"S":"a"} x)",
                                      R"({"S":"\ud800"})", "nul", R"({"S":ns"a"})"}) {
    EXPECT_TRUE(refusal(text).starts_with(misformed)) << text << " " << refusal(text);
  }
}

TEST(ValueJson, NestingHasALimitAndAnyDepthIsSurvived) {
  const auto nested = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += R"({"L":[)";
    text += R"({"S":"x"})";
    for (int i = 0; i < levels; ++i) text += "]}";
    return text;
  };
  EXPECT_EQ(refusal(nested(31)), "read");
  EXPECT_TRUE(
      refusal(nested(32)).starts_with("ValidationException: Nesting Levels have exceeded supported limits"));
  EXPECT_NE(refusal(nested(200'000)), "read");
}

TEST(ValueJson, MembersThatAreNullAreAbsentAndOthersUnknown) {
  EXPECT_EQ(refusal(R"({"S":"a","N":null,"dog":{"x":[1]}})"), "read");
}

TEST(Value, SizesAreAsTheServiceCounts) {
  EXPECT_EQ(size_bytes(*read_item(R"({"pk":{"S":"abc"}})")), 5U);
  EXPECT_EQ(size_bytes(*read_item(R"({"é":{"S":"é"}})")), 4U);
  EXPECT_EQ(size_bytes(*read_item(R"({"l":{"L":[{"BOOL":true},{"NULL":true}]}})")), 1U + 3 + 2 + 2);
  EXPECT_EQ(size_bytes(*read_item(R"({"m":{"M":{"ab":{"N":"12"}}}})")), 1U + 3 + 1 + 2 + 2);
  EXPECT_EQ(size_bytes(*read_item(R"({"s":{"SS":["ab","c"]},"b":{"B":"AAAA"}})")), 1U + 3 + 1 + 3);
}

}  // namespace
}  // namespace hearth::services::dynamodb
