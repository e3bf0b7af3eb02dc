#include "services/dynamodb/request_review.h"

#include <algorithm>
#include <array>

#include "api/dynamodb.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/table_ref.h"
#include "wire/validate.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;

// These say in their own way that there is no name, or one of another length.
bool manages_tables(const wire::OperationInfo& operation) {
  static const std::array kOperations = {&ops::CreateTable::kInfo,
                                         &ops::DescribeTable::kInfo,
                                         &ops::UpdateTable::kInfo,
                                         &ops::DeleteTable::kInfo,
                                         &ops::DescribeTimeToLive::kInfo,
                                         &ops::UpdateTimeToLive::kInfo,
                                         &ops::DescribeContinuousBackups::kInfo};
  return std::ranges::find(kOperations, &operation) != kOperations.end();
}

Status review_managed_name(const json::string* name) {
  if (!name) {
    return fail(
        errors::validation("The parameter 'TableName' is required but was not present in the request"));
  }
  const bool arn = name->starts_with("arn:");
  if (arn || (name->size() >= limits::kNameBytesMin && name->size() <= limits::kNameBytesMax)) return {};
  return fail(
      errors::validation("TableName must be at least 3 characters long and at most 255 characters long"));
}

Status review_name(const wire::OperationInfo& operation, const json::object& input) {
  const json::value* member = input.if_contains("TableName");
  const json::string* name = member ? member->if_string() : nullptr;
  if (manages_tables(operation)) {
    TRY_SYNC_VOID(review_managed_name(name));
  }
  if (!name || name->starts_with("arn:")) return {};
  return check_name(*name, "tableName");
}

// Of a Query the bound is the service's own, and comes after everything else that its shapes say.
Status review_limit(const wire::OperationInfo& operation, const json::object& input) {
  const json::value* limit = input.if_contains("Limit");
  if (!limit || !limit->is_int64() || limit->get_int64() >= 1) return {};
  json::object rest = input;
  rest.erase("Limit");
  if (!wire::violations(*operation.input, rest).empty()) return {};
  return fail(
      errors::validation("1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member "
                         "must have value greater than or equal to 1"));
}

Status check_types(const wire::Shape& shape, const json::value& input) {
  if (shape.opaque) {
    if (!input.is_string()) return {};
    const std::string_view text = input.get_string();
    const auto status = [](const auto& read) { return read ? Status() : fail(read.error()); };
    const Status read = shape.name == "AttributeValue" ? status(read_value(text)) : status(read_item(text));
    return read || read.error().code != "SerializationException" ? Status() : read;
  }
  if (!shape.holds_opaque) return {};
  if (const json::array* list = input.if_array()) {
    for (const json::value& element : *list) TRY_SYNC_VOID(check_types(*shape.element, element));
  } else if (const json::object* object = input.if_object()) {
    for (const auto& [name, part] : *object) {
      const wire::Member* member = shape.element ? nullptr : shape.find(name);
      if (!shape.element && !member) continue;
      TRY_SYNC_VOID(check_types(shape.element ? *shape.element : *member->shape, part));
    }
  }
  return {};
}

}  // namespace

Status misread(const wire::OperationInfo& operation, const json::object& input) {
  return check_types(*operation.input, input);
}

Status review(const wire::OperationInfo& operation, const json::object& input) {
  if (operation.input->find("TableName")) {
    TRY_SYNC_VOID(review_name(operation, input));
  }
  return &operation == &ops::Query::kInfo ? review_limit(operation, input) : Status();
}

}  // namespace hearth::services::dynamodb
