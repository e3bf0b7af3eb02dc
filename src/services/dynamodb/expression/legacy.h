// The parameters that came before expressions, brought to the same forms: Expected, ScanFilter, QueryFilter,
// KeyConditions, AttributeUpdates, AttributesToGet. Values are checked where they are read; that enumerated
// texts are ones of the model is checked before. All errors are a "ValidationException".
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/dynamodb/expression/condition.h"
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/expression/projection.h"
#include "services/dynamodb/expression/update.h"

namespace hearth::services::dynamodb::legacy {

// An element of ScanFilter, QueryFilter and KeyConditions.
struct Comparison {
  std::string comparison_operator;
  List values = {};  // AttributeValueList
};
// An element of Expected: one of two forms, and which is for this file to say.
struct Expectation {
  std::optional<Value> value = std::nullopt;
  std::optional<bool> exists = std::nullopt;
  std::optional<std::string> comparison_operator = std::nullopt;
  std::optional<List> values = std::nullopt;
};
// An element of AttributeUpdates.
struct AttributeUpdate {
  std::string action = "PUT";
  std::optional<Value> value = std::nullopt;
};
template <typename T>
using ByAttribute = std::map<std::string, T, std::less<>>;

// Nothing where nothing is asked. `conditional_operator` tells whether one of several is enough; it is
// refused where there are none.
Result<std::optional<Condition>> condition(const ByAttribute<Expectation>& expected,
                                           const std::optional<std::string>& conditional_operator);
Result<std::optional<Condition>> condition(const ByAttribute<Comparison>& filter,
                                           const std::optional<std::string>& conditional_operator);
Result<KeyCondition> key_condition(const ByAttribute<Comparison>& comparisons);
Result<Update> update(const ByAttribute<AttributeUpdate>& updates);
Result<Projection> projection(const std::vector<std::string>& attributes);

}  // namespace hearth::services::dynamodb::legacy
