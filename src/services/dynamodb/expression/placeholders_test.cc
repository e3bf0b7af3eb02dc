// Promise: your AWS code runs unchanged. Placeholders that are wrong, missing or too many are refused as at
// AWS.
#include "services/dynamodb/expression/placeholders.h"

#include "services/dynamodb/expression/condition.h"
#include "services/dynamodb/expression/reserved_words.h"
#include "services/dynamodb/expression/testing.h"

namespace hearth::services::dynamodb {
namespace {

using testing::refusal;

std::string refusal_of_name(std::string key) {
  return refusal(Placeholders(Placeholders::Names{{std::move(key), "a"}}, std::nullopt).check_keys());
}

TEST(Placeholders, keys_have_a_form) {
  const std::string names = "ExpressionAttributeNames contains invalid key: Syntax error; key: ";
  EXPECT_EQ(refusal_of_name("a"), names + "\"a\"");
  EXPECT_EQ(refusal_of_name("#"), names + "\"#\"");
  EXPECT_EQ(refusal_of_name(""), names + "\"\"");
  EXPECT_EQ(refusal_of_name("#a-b"), names + "\"#a-b\"");
  EXPECT_EQ(refusal_of_name(" #a"), names + "\" #a\"");
  EXPECT_EQ(refusal_of_name(":a"), names + "\":a\"");
  EXPECT_EQ(refusal_of_name("#a_1"), "accepted");
  EXPECT_EQ(refusal_of_name("#1"), "accepted");
  EXPECT_EQ(refusal(Placeholders(std::nullopt, testing::item(R"({"v":{"S":""}})")).check_keys()),
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\"");
}

TEST(Placeholders, keys_and_maps_have_bounds) {
  EXPECT_EQ(refusal_of_name("#" + std::string(254, 'a')), "accepted");
  EXPECT_NE(refusal_of_name("#" + std::string(255, 'a')), "accepted");
  EXPECT_EQ(refusal(Placeholders(Placeholders::Names{{"#a", ""}}, std::nullopt).check_keys()),
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a");
  const auto values = [](size_t bytes) {
    Map map;
    map.set(":v", Value::string(std::string(bytes - 2, 'x')));
    return map;
  };
  constexpr size_t kMax = 2 * 1024 * 1024;
  EXPECT_EQ(refusal(Placeholders(std::nullopt, values(kMax)).check_keys()), "accepted");
  EXPECT_EQ(refusal(Placeholders(std::nullopt, values(kMax + 1)).check_keys()),
            "ExpressionAttributeValues exceeds max size");
  EXPECT_EQ(refusal(Placeholders(Placeholders::Names{{"#a", "a"}}, values(kMax - 2)).check_keys()),
            "ExpressionAttributeValues exceeds max size");
}

TEST(Placeholders, maps_are_not_empty) {
  EXPECT_EQ(refusal(Placeholders(Placeholders::Names(), std::nullopt).check_keys()),
            "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(refusal(Placeholders(std::nullopt, Map()).check_keys()),
            "ExpressionAttributeValues must not be empty");
  EXPECT_EQ(refusal(Placeholders(std::nullopt, std::nullopt).check_keys()), "accepted");
}

TEST(Placeholders, all_have_to_be_used_by_some_expression) {
  Placeholders placeholders(Placeholders::Names{{"#a", "a"}, {"#b", "b"}, {"#c", "c"}},
                            testing::item(R"({":v":{"N":"1"},":w":{"N":"1"}})"));
  ASSERT_TRUE(Condition::parse(ExpressionKind::kFilter, "#b = :v", placeholders));
  EXPECT_EQ(refusal(placeholders.check_all_used()),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #c}");
  ASSERT_TRUE(Condition::parse(ExpressionKind::kFilter, "#a = #c", placeholders));
  EXPECT_EQ(refusal(placeholders.check_all_used()),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}");
  ASSERT_TRUE(Condition::parse(ExpressionKind::kFilter, "attribute_exists(a) OR a = :w", placeholders));
  EXPECT_EQ(refusal(placeholders.check_all_used()), "accepted");
}

TEST(ReservedWords, are_found_in_any_case) {
  for (const char* word : {"ABORT", "status", "Name", "zone"}) EXPECT_TRUE(is_reserved(word)) << word;
  for (const char* word : {"", "abor", "aborted", "id", "pk", "zonee"})
    EXPECT_FALSE(is_reserved(word)) << word;
  EXPECT_FALSE(is_reserved(std::string(1000, 'a')));
}

}  // namespace
}  // namespace hearth::services::dynamodb
