// Promise: policies decide by what a request asks of its items, in whichever of the ways to ask.
#include "services/dynamodb/condition_keys.h"

#include <gtest/gtest.h>

#include <map>

namespace hearth::services::dynamodb {
namespace {

using Values = std::vector<std::string>;
using Keys = std::map<std::string, Values>;

const KeySchema kKeys{.hash = {{"pk", Type::kNumber}}, .range = {{"sk", Type::kString}}};

Keys keys_of(const char* action, const char* json, const char* resource = "arn:aws:dynamodb:r:1:table/pets") {
  wire::Permission permission{.action = std::string("dynamodb:") + action, .resource = resource};
  add_item_keys(parse_json(json)->get_object(), kKeys, permission);
  Keys keys;
  for (auto& [key, values] : permission.conditions) {
    keys[key.substr(std::string_view("dynamodb:").size())] = std::move(values);
  }
  return keys;
}

TEST(ConditionKeys, TellNumbersInOneWay) {
  const auto keys = keys_of("GetItem", R"({"Key":"{\"pk\":{\"N\":\"1e1\"},\"sk\":{\"S\":\"x\"}}"})");
  EXPECT_EQ(keys,
            (Keys{{"LeadingKeys", {"10"}}, {"Attributes", {"pk", "sk"}}, {"Select", {"ALL_ATTRIBUTES"}}}));
}

TEST(ConditionKeys, TellWhatAnOperationDoesWhereItIsNotTold) {
  EXPECT_EQ(keys_of("PutItem", "{}"), (Keys{{"ReturnValues", {"NONE"}}}));
  EXPECT_EQ(keys_of("Scan", "{}"), (Keys{{"Select", {"ALL_ATTRIBUTES"}}}));
  EXPECT_EQ(keys_of("Scan", "{}", "arn:aws:dynamodb:r:1:table/pets/index/i"),
            (Keys{{"Select", {"ALL_PROJECTED_ATTRIBUTES"}}}));
  EXPECT_EQ(keys_of("Scan", R"({"Select":"COUNT","ReturnConsumedCapacity":"TOTAL"})"),
            (Keys{{"Select", {"COUNT"}}, {"ReturnConsumedCapacity", {"TOTAL"}}}));
}

TEST(ConditionKeys, AreOfTheTableAndTheActionThatAreAskedFor) {
  const char* transaction = R"({"TransactItems":[
      {"Put":{"TableName":"pets","Item":"{\"pk\":{\"N\":\"1\"},\"a\":{\"S\":\"x\"}}"}},
      {"Put":{"TableName":"arn:aws:dynamodb:r:1:table/pets","Item":"{\"pk\":{\"N\":\"2\"}}"}},
      {"Put":{"TableName":"other","Item":"{\"pk\":{\"N\":\"3\"},\"b\":{\"S\":\"x\"}}"}},
      {"Delete":{"TableName":"pets","Key":"{\"pk\":{\"N\":\"4\"},\"c\":{\"S\":\"x\"}}"}}]})";
  const auto puts = keys_of("PutItem", transaction);
  EXPECT_EQ(puts.at("LeadingKeys"), (Values{"1", "2"}));
  EXPECT_EQ(puts.at("Attributes"), (Values{"a", "pk"}));
  EXPECT_EQ(keys_of("DeleteItem", transaction).at("LeadingKeys"), Values{"4"});
  EXPECT_FALSE(keys_of("ConditionCheckItem", transaction).contains("LeadingKeys"));
  const char* batch =
      R"({"RequestItems":{"pets":{"Keys":["{\"pk\":{\"N\":\"1\"}}"]},"pet":{"Keys":["{\"pk\":{\"N\":\"2\"}}"]}}})";
  EXPECT_EQ(keys_of("BatchGetItem", batch).at("LeadingKeys"), Values{"1"});
}

TEST(ConditionKeys, AreFoundInConditionsOnKeys) {
  const char* query =
      R"({"KeyConditionExpression":"#p = :p AND sk > :s","ExpressionAttributeNames":{"#p":"pk"},
      "ExpressionAttributeValues":"{\":p\":{\"N\":\"7\"},\":s\":{\"S\":\"x\"}}","ProjectionExpression":"a.b"})";
  EXPECT_EQ(
      keys_of("Query", query),
      (Keys{{"LeadingKeys", {"7"}}, {"Attributes", {"a", "pk", "sk"}}, {"Select", {"SPECIFIC_ATTRIBUTES"}}}));
  const char* older =
      R"({"KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":["{\"N\":\"7\"}"]}}})";
  EXPECT_EQ(keys_of("Query", older).at("LeadingKeys"), Values{"7"});
}

TEST(ConditionKeys, AreFoundInStatements) {
  const char* reads =
      R"({"Statement":"SELECT a FROM pets WHERE pk IN [?, 2] AND b = 1","Parameters":["{\"N\":\"1\"}"]})";
  EXPECT_EQ(keys_of("PartiQLSelect", reads), (Keys{{"LeadingKeys", {"1", "2"}},
                                                   {"Attributes", {"a", "b", "pk"}},
                                                   {"Select", {"SPECIFIC_ATTRIBUTES"}},
                                                   {"FullTableScan", {"false"}}}));
  const auto all = keys_of("PartiQLSelect", R"({"Statement":"SELECT * FROM pets WHERE b = 1"})");
  EXPECT_EQ(all.at("FullTableScan"), Values{"true"});
  EXPECT_EQ(all.at("Select"), Values{"ALL_ATTRIBUTES"});
  EXPECT_FALSE(all.contains("LeadingKeys"));
}

TEST(ConditionKeys, HaveNoValuesWhereNothingCanBeRead) {
  for (const char* json : {R"({"Key":"{"})", R"({"Key":7,"Keys":7,"Item":[]})",
                           R"({"KeyConditionExpression":"= ("})", R"({"KeyConditions":{"pk":7}})",
                           R"({"TransactItems":[7,{"Put":7}]})", R"({"RequestItems":{"pets":7}})",
                           R"({"RequestItems":{"pets":[7,{"PutRequest":7}]}})", R"({"Statement":"DROP"})"}) {
    EXPECT_FALSE(keys_of("Query", json).contains("LeadingKeys")) << json;
  }
}

}  // namespace
}  // namespace hearth::services::dynamodb
