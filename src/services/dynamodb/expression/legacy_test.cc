// Promise: your AWS code runs unchanged. What was written before there were expressions still means what it
// meant.
#include "services/dynamodb/expression/legacy.h"

#include "services/dynamodb/expression/parameters.h"
#include "services/dynamodb/expression/testing.h"

namespace hearth::services::dynamodb::legacy {
namespace {

using testing::item;
using testing::refusal;

const std::string kInvalid = "One or more parameter values were invalid: ";

List values(std::string_view json) {
  const auto list = read_list(json);
  EXPECT_TRUE(list.has_value()) << json;
  return list.value_or(List());
}
Value value(std::string_view json) {
  return values("[" + std::string(json) + "]").at(0);
}

// Whether `a` of the item stands in this relation to the values.
bool stands(std::string_view json, const std::string& op, std::string_view list) {
  const auto read = condition(ByAttribute<Comparison>{{"a", {op, values(list)}}}, std::nullopt);
  EXPECT_TRUE(read.has_value()) << op << ": " << refusal(read);
  return read && (*read)->holds(item(json));
}

TEST(Legacy, operators_mean_what_they_mean_in_expressions) {
  const char* five = R"({"a":{"N":"5"}})";
  EXPECT_TRUE(stands(five, "EQ", R"([{"N":"5.0"}])"));
  EXPECT_FALSE(stands(five, "NE", R"([{"N":"5.0"}])"));
  EXPECT_TRUE(stands(five, "NE", R"([{"S":"5"}])"));
  EXPECT_TRUE(stands(five, "LE", R"([{"N":"5"}])"));
  EXPECT_FALSE(stands(five, "LT", R"([{"N":"5"}])"));
  EXPECT_TRUE(stands(five, "GE", R"([{"N":"5"}])"));
  EXPECT_FALSE(stands(five, "GT", R"([{"N":"5"}])"));
  EXPECT_TRUE(stands(five, "BETWEEN", R"([{"N":"1"},{"N":"10"}])"));
  EXPECT_TRUE(stands(five, "IN", R"([{"N":"1"},{"N":"5"}])"));
  EXPECT_TRUE(stands(R"({"a":{"S":"text"}})", "BEGINS_WITH", R"([{"S":"te"}])"));
  EXPECT_TRUE(stands(R"({"a":{"SS":["x"]}})", "CONTAINS", R"([{"S":"x"}])"));
  EXPECT_TRUE(stands(R"({"a":{"SS":["x"]}})", "NOT_CONTAINS", R"([{"S":"y"}])"));
  EXPECT_FALSE(stands(R"({"a":{"SS":["x"]}})", "NOT_CONTAINS", R"([{"S":"x"}])"));
}

TEST(Legacy, null_is_about_being_there) {
  EXPECT_TRUE(stands("{}", "NULL", "[]"));
  EXPECT_FALSE(stands(R"({"a":{"NULL":true}})", "NULL", "[]"));
  EXPECT_TRUE(stands(R"({"a":{"NULL":true}})", "NOT_NULL", "[]"));
  EXPECT_TRUE(stands("{}", "NE", R"([{"S":"x"}])"));
  EXPECT_FALSE(stands("{}", "NOT_CONTAINS", R"([{"S":"x"}])"));
}

TEST(Legacy, comparisons_are_refused_with_their_texts) {
  const auto refused = [](const std::string& op, std::string_view list) {
    return refusal(condition(ByAttribute<Comparison>{{"a", {op, values(list)}}}, std::nullopt));
  };
  EXPECT_EQ(refused("IN", "[]"), kInvalid + "Invalid number of argument(s) for the IN ComparisonOperator");
  EXPECT_EQ(refused("EQ", R"([{"N":"1"},{"N":"2"}])"),
            kInvalid + "Invalid number of argument(s) for the EQ ComparisonOperator");
  EXPECT_EQ(refused("NULL", R"([{"N":"1"}])"),
            kInvalid + "Invalid number of argument(s) for the NULL ComparisonOperator");
  EXPECT_EQ(refused("IN", R"([{"N":"1"},{"S":"2"}])"),
            kInvalid + "AttributeValues inside AttributeValueList must be of same type");
  EXPECT_EQ(refused("BEGINS_WITH", R"([{"N":"1"}])"),
            kInvalid + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type");
  EXPECT_EQ(refused("LT", R"([{"SS":["1"]}])"),
            kInvalid + "ComparisonOperator LT is not valid for SS AttributeValue type");
  EXPECT_EQ(refused("CONTAINS", R"([{"M":{}}])"),
            kInvalid + "ComparisonOperator CONTAINS is not valid for M AttributeValue type");
  EXPECT_EQ(
      refused("BETWEEN", R"([{"N":"2"},{"N":"1"}])"),
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
}

TEST(Legacy, expectations_have_two_forms) {
  const auto holds = [](Expectation expectation, std::string_view json) {
    return (*condition(ByAttribute<Expectation>{{"a", std::move(expectation)}}, std::nullopt))
        ->holds(item(json));
  };
  const char* one = R"({"a":{"N":"1"}})";
  EXPECT_TRUE(holds({.value = value(R"({"N":"1"})")}, one));
  EXPECT_FALSE(holds({.value = value(R"({"N":"1"})"), .exists = true}, "{}"));
  EXPECT_TRUE(holds({.exists = false}, "{}"));
  EXPECT_FALSE(holds({.exists = false}, one));
  EXPECT_TRUE(holds({.comparison_operator = "LT", .values = values(R"([{"N":"2"}])")}, one));
  EXPECT_TRUE(holds({.value = value(R"({"N":"0"})"), .comparison_operator = "GT"}, one));
  EXPECT_TRUE(holds({.comparison_operator = "NOT_NULL"}, one));
}

TEST(Legacy, expectations_that_mix_the_forms_are_refused) {
  const auto refused = [](Expectation expectation) {
    return refusal(condition(ByAttribute<Expectation>{{"a", std::move(expectation)}}, std::nullopt));
  };
  const Value one = value(R"({"N":"1"})");
  EXPECT_EQ(refused({.value = one, .comparison_operator = "EQ", .values = List{one}}),
            kInvalid + "Value and AttributeValueList cannot be used together for Attribute: a");
  EXPECT_EQ(refused({.exists = true, .comparison_operator = "EQ", .values = List{one}}),
            kInvalid + "Exists and ComparisonOperator cannot be used together for Attribute: a");
  EXPECT_EQ(
      refused({.comparison_operator = "EQ"}),
      kInvalid + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a");
  EXPECT_EQ(refused({.exists = true}),
            kInvalid + "Value must be provided when Exists is true for Attribute: a");
  EXPECT_EQ(refused({}), kInvalid + "Value must be provided when Exists is null for Attribute: a");
  EXPECT_EQ(refused({.value = one, .exists = false}),
            kInvalid + "Value cannot be used when Exists is false for Attribute: a");
  EXPECT_EQ(refused({.values = List{one}}),
            kInvalid + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a");
}

TEST(Legacy, several_conditions_are_joined) {
  const ByAttribute<Comparison> filter = {{"a", {"EQ", values(R"([{"N":"1"}])")}}, {"b", {"NOT_NULL"}}};
  const auto holds = [&](const std::optional<std::string>& op, std::string_view json) {
    return (*condition(filter, op))->holds(item(json));
  };
  EXPECT_FALSE(holds(std::nullopt, R"({"a":{"N":"1"}})"));
  EXPECT_FALSE(holds("AND", R"({"a":{"N":"1"}})"));
  EXPECT_TRUE(holds("OR", R"({"a":{"N":"1"}})"));
  EXPECT_TRUE(holds("AND", R"({"a":{"N":"1"},"b":{"N":"1"}})"));
  EXPECT_EQ(refusal(condition(ByAttribute<Comparison>(), "OR")),
            "ConditionalOperator cannot be used without Filter or Expected");
  EXPECT_FALSE(condition(ByAttribute<Comparison>(), std::nullopt)->has_value());
}

TEST(Legacy, key_conditions) {
  const KeySchema schema = {.hash = {{"h", Type::kString}}, .range = {{"r", Type::kNumber}}};
  const Comparison hash = {"EQ", values(R"([{"S":"x"}])")};
  const auto bounds = [&](const ByAttribute<Comparison>& comparisons) -> Result<KeyBounds> {
    TRY_SYNC(const KeyCondition condition, key_condition(comparisons));
    return condition.bounds(schema);
  };
  const auto read = bounds({{"h", hash}, {"r", {"BETWEEN", values(R"([{"N":"1"},{"N":"2"}])")}}});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hash, values(R"([{"S":"x"}])"));
  EXPECT_EQ(read->comparison, KeyBounds::Comparison::kBetween);
  EXPECT_EQ(read->operands, values(R"([{"N":"1"},{"N":"2"}])"));
  EXPECT_EQ(refusal(bounds({})), "Conditions can be of length 1 or 2 only");
  EXPECT_EQ(refusal(bounds({{"h", hash}, {"r", hash}, {"s", hash}})),
            "Conditions can be of length 1 or 2 only");
  EXPECT_EQ(refusal(bounds({{"h", hash}, {"r", {"NE", values(R"([{"N":"1"}])")}}})),
            "Attempted conditional constraint is not an indexable operation");
  EXPECT_EQ(refusal(bounds({{"h", {"GT", values(R"([{"S":"x"}])")}}})), "Query key condition not supported");
  EXPECT_EQ(refusal(bounds({{"r", {"EQ", values(R"([{"N":"1"}])")}}})),
            "Query condition missed key schema element: h");
}

TEST(Legacy, attribute_updates) {
  const auto after = [](const ByAttribute<AttributeUpdate>& updates, std::string_view json) {
    Item changed = item(json);
    const auto read = update(updates);
    if (!read) return refusal(read);
    const Status applied = read->apply(changed, true);
    return applied ? to_json(changed) : refusal(applied);
  };
  EXPECT_EQ(after({{"a.b", {.value = value(R"({"N":"1"})")}}}, "{}"), R"({"a.b":{"N":"1"}})");
  EXPECT_EQ(after({{"a", {"ADD", value(R"({"N":"1"})")}}}, R"({"a":{"N":"2"}})"), R"({"a":{"N":"3"}})");
  EXPECT_EQ(after({{"a", {"ADD", value(R"({"L":[{"N":"1"}]})")}}}, R"({"a":{"L":[{"N":"2"}]}})"),
            R"({"a":{"L":[{"N":"2"},{"N":"1"}]}})");
  EXPECT_EQ(after({{"a", {"ADD", value(R"({"SS":["x"]})")}}}, "{}"), R"({"a":{"SS":["x"]}})");
  EXPECT_EQ(after({{"a", {"DELETE"}}, {"b", {"DELETE"}}}, R"({"a":{"N":"2"}})"), "{}");
  EXPECT_EQ(after({{"a", {"DELETE", value(R"({"SS":["x"]})")}}}, R"({"a":{"SS":["x","y"]}})"),
            R"({"a":{"SS":["y"]}})");
  EXPECT_EQ(after({{"a", {"ADD", value(R"({"N":"1"})")}}}, R"({"a":{"S":"x"}})"),
            "Type mismatch for attribute to update");
  EXPECT_EQ(after({{"a", {"DELETE", value(R"({"SS":["x"]})")}}}, R"({"a":{"S":"x"}})"),
            "Type mismatch for attribute to update");
  EXPECT_EQ(after({{"a", {"PUT"}}}, "{}"),
            kInvalid + "Only DELETE action is allowed when no attribute value is specified");
  EXPECT_EQ(after({{"a", {"DELETE", value(R"({"N":"1"})")}}}, "{}"),
            kInvalid + "DELETE action with value is not supported for the type N");
  EXPECT_EQ(after({{"a", {"ADD", value(R"({"S":"x"})")}}}, "{}"),
            kInvalid + "ADD action is not supported for the type S");
  EXPECT_TRUE(update({})->creates_item());
}

TEST(Legacy, attributes_to_get) {
  const auto shown = projection({"a.b", "c", "d"});
  ASSERT_TRUE(shown);
  EXPECT_EQ(to_json(shown->apply(item(R"({"a.b":{"N":"1"},"c":{"M":{}},"e":{"N":"1"}})"))),
            R"({"a.b":{"N":"1"},"c":{"M":{}}})");
  EXPECT_EQ(to_json(shown->apply(item(R"({"e":{"N":"1"}})"))), "{}");
  EXPECT_EQ(refusal(projection({"a", "b", "a"})), kInvalid + "Duplicate value in attribute name: a");
}

std::string mixture(std::vector<Parameter> expressions, std::vector<Parameter> older,
                    const Placeholders& placeholders = {std::nullopt, std::nullopt}) {
  return refusal(check_parameters(expressions, older, placeholders));
}

TEST(Parameters, of_the_two_kinds_are_not_mixed) {
  const std::string mixed =
      "Can not use both expression and non-expression parameters in the same request: Non-expression "
      "parameters: ";
  EXPECT_EQ(mixture({{"ConditionExpression", true}}, {{"Expected", true}, {"ConditionalOperator", false}}),
            mixed + "{Expected} Expression parameters: {ConditionExpression}");
  EXPECT_EQ(
      mixture({{"UpdateExpression", true}, {"ConditionExpression", true}},
              {{"AttributeUpdates", true}, {"Expected", true}}),
      mixed + "{AttributeUpdates, Expected} Expression parameters: {UpdateExpression, ConditionExpression}");
  EXPECT_EQ(mixture({{"ConditionExpression", false}}, {{"Expected", true}}), "accepted");
  EXPECT_EQ(mixture({{"ConditionExpression", true}}, {{"Expected", false}}), "accepted");
  EXPECT_EQ(mixture({{"FilterExpression", true}}, {{"KeyConditions", true}}),
            mixed + "{KeyConditions} Expression parameters: {FilterExpression}");
  EXPECT_EQ(mixture({{"FilterExpression", false}, {"ProjectionExpression", true}}, {{"KeyConditions", true}}),
            "accepted");
}

TEST(Parameters, placeholders_need_an_expression) {
  const Placeholders names(Placeholders::Names{{"#a", "a"}}, std::nullopt);
  const Placeholders values(std::nullopt, item(R"({":a":{"N":"1"}})"));
  const std::string names_text = "ExpressionAttributeNames can only be specified when using expressions";
  const std::string values_text = "ExpressionAttributeValues can only be specified when using expressions: ";
  EXPECT_EQ(mixture({{"ProjectionExpression", false}}, {}, names), names_text);
  EXPECT_EQ(mixture({{"ProjectionExpression", true}}, {}, names), "accepted");
  EXPECT_EQ(mixture({{"ConditionExpression", false}}, {{"Expected", true}}, values),
            values_text + "ConditionExpression is null");
  EXPECT_EQ(
      mixture(
          {{"FilterExpression", false}, {"ProjectionExpression", true}, {"KeyConditionExpression", false}},
          {}, values),
      values_text + "FilterExpression and KeyConditionExpression are null");
  EXPECT_EQ(mixture({{"FilterExpression", true}, {"KeyConditionExpression", false}}, {}, values), "accepted");
}

}  // namespace
}  // namespace hearth::services::dynamodb::legacy
