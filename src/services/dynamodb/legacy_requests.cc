#include "services/dynamodb/legacy_requests.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb {
namespace {

Result<List> read_values(const std::vector<std::string>& texts) {
  List values;
  for (const std::string& text : texts) {
    TRY_SYNC(Value value, read_value(text));
    values.push_back(std::move(value));
  }
  return values;
}

Status check_attribute(const std::string& name) {
  if (!name.empty()) return {};
  return fail(errors::invalid_values("Empty attribute name"));
}

}  // namespace

Result<legacy::ByAttribute<legacy::Expectation>> read_expected(const Expected& expected) {
  legacy::ByAttribute<legacy::Expectation> read;
  if (!expected) return read;
  for (const auto& [name, one] : *expected) {
    TRY_SYNC_VOID(check_attribute(name));
    legacy::Expectation& expectation = read[name];
    if (one.value) {
      TRY_SYNC(expectation.value, read_value(*one.value));
    }
    expectation.exists = one.exists;
    expectation.comparison_operator = one.comparison_operator;
    if (one.attribute_value_list) {
      TRY_SYNC(expectation.values, read_values(*one.attribute_value_list));
    }
  }
  return read;
}

Result<legacy::ByAttribute<legacy::Comparison>> read_comparisons(const Conditions& conditions) {
  legacy::ByAttribute<legacy::Comparison> read;
  if (!conditions) return read;
  for (const auto& [name, one] : *conditions) {
    TRY_SYNC_VOID(check_attribute(name));
    legacy::Comparison& comparison = read[name];
    comparison.comparison_operator = one.comparison_operator;
    if (one.attribute_value_list) {
      TRY_SYNC(comparison.values, read_values(*one.attribute_value_list));
    }
  }
  return read;
}

Result<legacy::ByAttribute<legacy::AttributeUpdate>> read_updates(const AttributeUpdates& updates) {
  legacy::ByAttribute<legacy::AttributeUpdate> read;
  if (!updates) return read;
  for (const auto& [name, one] : *updates) {
    TRY_SYNC_VOID(check_attribute(name));
    legacy::AttributeUpdate& update = read[name];
    update.action = one.action.value_or("PUT");
    if (one.value) {
      TRY_SYNC(update.value, read_value(*one.value));
    }
  }
  return read;
}

}  // namespace hearth::services::dynamodb
