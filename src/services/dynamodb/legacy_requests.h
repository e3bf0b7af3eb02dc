// The parameters that came before expressions, read from requests.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/expression/legacy.h"

namespace hearth::services::dynamodb {

using Expected = std::optional<std::map<std::string, api::dynamodb::ExpectedAttributeValue>>;
using Conditions = std::optional<std::map<std::string, api::dynamodb::Condition>>;
using AttributeUpdates = std::optional<std::map<std::string, api::dynamodb::AttributeValueUpdate>>;

Result<legacy::ByAttribute<legacy::Expectation>> read_expected(const Expected& expected);
Result<legacy::ByAttribute<legacy::Comparison>> read_comparisons(const Conditions& conditions);
Result<legacy::ByAttribute<legacy::AttributeUpdate>> read_updates(const AttributeUpdates& updates);

}  // namespace hearth::services::dynamodb
