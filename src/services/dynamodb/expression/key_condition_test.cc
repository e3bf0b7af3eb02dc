// Promise: your AWS code runs unchanged. A Query reads what its key condition says, or is refused as at AWS.
#include "services/dynamodb/expression/key_condition.h"

#include "services/dynamodb/expression/testing.h"
#include "services/dynamodb/expression/value_text.h"

namespace hearth::services::dynamodb {
namespace {

using Comparison = KeyBounds::Comparison;

const KeySchema kSimple = {.hash = {{"h", Type::kString}}, .range = {}};
const KeySchema kComposite = {.hash = {{"h", Type::kString}}, .range = {{"r", Type::kNumber}}};
const KeySchema kWithText = {.hash = {{"h", Type::kString}}, .range = {{"r", Type::kString}}};
const KeySchema kMany = {.hash = {{"h1", Type::kString}, {"h2", Type::kNumber}},
                         .range = {{"r1", Type::kString}, {"r2", Type::kNumber}, {"r3", Type::kString}}};

Result<KeyBounds> bounds(std::string_view text, const KeySchema& schema) {
  auto placeholders = testing::placeholders();
  const auto condition = KeyCondition::parse(text, placeholders);
  if (!condition) return std::unexpected(condition.error());
  return condition->bounds(schema);
}

// "h… / r… <comparison as number> operands…"
std::string shown(std::string_view text, const KeySchema& schema) {
  const auto read = bounds(text, schema);
  if (!read) return read.error().message;
  std::string out;
  for (const Value& value : read->hash) out += text_of(value);
  out += " / ";
  for (const Value& value : read->range) out += text_of(value);
  if (read->comparison == Comparison::kAny) return out;
  out += " " + std::to_string(static_cast<int>(read->comparison)) + " ";
  for (const Value& value : read->operands) out += text_of(value);
  return out;
}

TEST(KeyCondition, is_equality_and_at_most_one_bound) {
  EXPECT_EQ(shown("h = :s", kSimple), "{S:text} / ");
  EXPECT_EQ(shown("h = :s", kComposite), "{S:text} / ");
  EXPECT_EQ(shown("h = :s AND r = :n", kComposite), "{S:text} / {N:5}");
  EXPECT_EQ(shown("r < :n AND h = :s", kComposite), "{S:text} /  1 {N:5}");
  EXPECT_EQ(shown("(h = :s) AND (r <= :n)", kComposite), "{S:text} /  2 {N:5}");
  EXPECT_EQ(shown("h = :s AND r > :n", kComposite), "{S:text} /  3 {N:5}");
  EXPECT_EQ(shown("h = :s AND r >= :n", kComposite), "{S:text} /  4 {N:5}");
  EXPECT_EQ(shown("h = :s AND r BETWEEN :n1 AND :n", kComposite), "{S:text} /  5 {N:1}{N:5}");
  EXPECT_EQ(shown("h = :s AND begins_with(r, :x)", kWithText), "{S:text} /  6 {S:x}");
}

TEST(KeyCondition, may_be_written_the_other_way_round) {
  EXPECT_EQ(shown(":s = h AND :n > r", kComposite), "{S:text} /  1 {N:5}");
  EXPECT_EQ(shown(":s = h AND :n <= r", kComposite), "{S:text} /  4 {N:5}");
}

TEST(KeyCondition, several_attributes_are_used_without_gaps) {
  EXPECT_EQ(shown("h2 = :n AND h1 = :s", kMany), "{S:text}{N:5} / ");
  EXPECT_EQ(shown("h2 = :n AND h1 = :s AND r2 > :n AND r1 = :x", kMany), "{S:text}{N:5} / {S:x} 3 {N:5}");
  EXPECT_EQ(shown("h2 = :n AND h1 = :s AND r2 = :n AND r1 = :x AND begins_with(r3, :s)", kMany),
            "{S:text}{N:5} / {S:x}{N:5} 6 {S:text}");
  EXPECT_EQ(shown("h1 = :s", kMany), "Query condition missed key schema element: h2");
  EXPECT_EQ(shown("h1 = :s AND h2 = :n AND r2 = :n", kMany), "Query condition missed key schema element: r1");
  EXPECT_EQ(shown("h1 = :s AND h2 = :n AND r1 > :x AND r2 = :n", kMany), "Query key condition not supported");
}

TEST(KeyCondition, what_no_key_can_be_asked_is_refused_before_there_is_a_table) {
  const std::string op = "Invalid operator used in KeyConditionExpression: ";
  const std::string invalid = "Invalid condition in KeyConditionExpression: ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"h = :s OR r = :n", op + "OR"},
      {"NOT h = :s", op + "NOT"},
      {"h = :s AND NOT r = :n", op + "NOT"},
      {"h IN (:s)", op + "IN"},
      {"h <> :s", op + "<>"},
      {"attribute_exists(h)", op + "attribute_exists"},
      {"h = :s AND contains(r, :n)", op + "contains"},
      {"h = :s AND h = :s2", "KeyConditionExpressions must only contain one condition per key"},
      {"h.a = :s", "KeyConditionExpressions cannot have conditions on nested attributes"},
      {"size(h) = :n", "KeyConditionExpressions cannot contain nested operations"},
      {"h = r", invalid + "Multiple attribute names used in one condition"},
      {":s = :s", invalid + "No key attribute specified"},
      {":n BETWEEN h AND r", invalid + "BETWEEN operator must have the key attribute as its first operand"},
      {"begins_with(:s, h)",
       invalid + "begins_with operator must have the key attribute as its first operand"},
      {"((h = :s))", "Invalid KeyConditionExpression: The expression has redundant parentheses;"},
      {"h = :c",
       "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; "
       "attribute "
       "value: :c"},
  };
  for (const auto& [text, message] : cases) {
    auto placeholders = testing::placeholders();
    EXPECT_EQ(testing::refusal(KeyCondition::parse(text, placeholders)), message) << text;
  }
}

TEST(KeyCondition, has_to_fit_the_schema) {
  EXPECT_EQ(shown("r = :n", kComposite), "Query condition missed key schema element: h");
  EXPECT_EQ(shown("h = :s AND x = :n", kComposite), "Query condition missed key schema element: r");
  EXPECT_EQ(shown("h > :s", kComposite), "Query key condition not supported");
  EXPECT_EQ(
      shown("h = :s AND r = :n", kSimple),
      "The number of query conditions (2) exceeds the number of key attributes defined in the schema (1)");
  const std::string type =
      "One or more parameter values were invalid: Condition parameter type does not match schema type";
  EXPECT_EQ(shown("h = :n", kSimple), type);
  EXPECT_EQ(shown("h = :s AND r = :s", kComposite), type);
  EXPECT_EQ(shown("h = :s AND begins_with(r, :x)", kComposite), type);
}

}  // namespace
}  // namespace hearth::services::dynamodb
