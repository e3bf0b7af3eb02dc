#include "services/dynamodb/key_values.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/limits.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::string_view kNoMatch = "The provided key element does not match the schema";

size_t bytes_of(const Value& value) {
  return value.is(Type::kNumber) ? value.size_bytes() : value.text().size();
}

bool is_empty(const Value& value) {
  return !value.is(Type::kNumber) && value.text().empty();
}

std::string empty_text(const Value& value) {
  return fmt::format("The AttributeValue for a key attribute cannot contain an empty {} value.",
                     value.is(Type::kString) ? "string" : "binary");
}

Status check_sizes(const KeyValues& key) {
  const auto total = [](const std::vector<Value>& values) {
    size_t bytes = 0;
    for (const Value& value : values) bytes += bytes_of(value);
    return bytes;
  };
  if (total(key.hash) > limits::kHashKeyBytesMax) {
    return fail(errors::invalid_values("Size of hashkey has exceeded the maximum size limit of2048 bytes"));
  }
  if (total(key.range) > limits::kRangeKeyBytesMax) {
    return fail(errors::invalid_values(
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"));
  }
  return {};
}

// The values of a schema's attributes, by whatever `take` (attribute -> Result<Value>) says.
Result<KeyValues> collect(const KeySchema& keys, const auto& take) {
  KeyValues values;
  for (const KeyAttribute& attribute : keys.hash) {
    TRY_SYNC(Value value, take(attribute));
    values.hash.push_back(std::move(value));
  }
  for (const KeyAttribute& attribute : keys.range) {
    TRY_SYNC(Value value, take(attribute));
    values.range.push_back(std::move(value));
  }
  return values;
}

Status check_names(const Item& item) {
  for (const auto& [name, value] : item) {
    if (name.empty()) return fail(errors::invalid_values("Empty attribute name"));
    if (name.size() > limits::kAttributeNameBytesMax) {
      return fail(errors::invalid_values("Attribute name is too large, must be less than 65536 bytes"));
    }
  }
  return {};
}

Status check_empty(const KeyAttribute& attribute, const Value& value) {
  if (!is_empty(value)) return {};
  return fail(errors::validation(fmt::format("One or more parameter values are not valid. {} Key: {}",
                                             empty_text(value), attribute.name)));
}

Status check_index_value(const IndexRecord& index, const KeyAttribute& attribute, const Value& value,
                         WriteForm form) {
  if (!value.is(attribute.type)) {
    return fail(errors::invalid_values(
        fmt::format("Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}", attribute.name,
                    type_name(attribute.type), type_name(value.type()), index.name)));
  }
  if (!is_empty(value)) return {};
  const std::string_view what = form == WriteForm::kPut
                                    ? "A value specified for a secondary index key is not supported."
                                    : "The update expression attempted to update a secondary index key to a "
                                      "value that is not supported.";
  return fail(
      errors::validation(fmt::format("One or more parameter values are not valid. {} {} IndexName: {}, "
                                     "IndexKey: {}",
                                     what, empty_text(value), index.name, attribute.name)));
}

template <typename Visit>
void each_attribute(const KeySchema& keys, Visit visit) {
  for (const KeyAttribute& attribute : keys.hash) visit(attribute);
  for (const KeyAttribute& attribute : keys.range) visit(attribute);
}

size_t attributes_of(const KeySchema& keys) {
  return keys.hash.size() + keys.range.size();
}

}  // namespace

Result<KeyValues> key_of_item(const Table& table, const Item& item) {
  TRY_SYNC_VOID(check_names(item));
  TRY_SYNC(
      KeyValues key, collect(table.keys(), [&](const KeyAttribute& attribute) -> Result<Value> {
        const Value* value = item.find(attribute.name);
        if (!value) {
          return fail(errors::invalid_values(fmt::format("Missing the key {} in the item", attribute.name)));
        }
        if (!value->is(attribute.type)) {
          return fail(errors::invalid_values(fmt::format("Type mismatch for key {} expected: {} actual: {}",
                                                         attribute.name, type_name(attribute.type),
                                                         type_name(value->type()))));
        }
        TRY_SYNC_VOID(check_empty(attribute, *value));
        return *value;
      }));
  TRY_SYNC_VOID(check_sizes(key));
  return key;
}

Status check_index_keys(const Table& table, const Item& item, WriteForm form) {
  for (const IndexRecord& index : table.record.indexes) {
    Status checked;
    each_attribute(index.keys, [&](const KeyAttribute& attribute) {
      const Value* value = checked ? item.find(attribute.name) : nullptr;
      if (value && !is_key(table.keys(), attribute.name)) {
        checked = check_index_value(index, attribute, *value, form);
      }
    });
    TRY_SYNC_VOID(checked);
    if (const auto key = index_key_of(index, item)) {
      TRY_SYNC_VOID(check_sizes(*key));
    }
  }
  return {};
}

std::optional<KeyValues> index_key_of(const IndexRecord& index, const Item& item) {
  auto key = collect(index.keys, [&](const KeyAttribute& attribute) -> Result<Value> {
    const Value* value = item.find(attribute.name);
    // Items from before the index may have anything there.
    if (!value || !value->is(attribute.type) || is_empty(*value)) return fail(Error{});
    return *value;
  });
  if (!key) return {};
  return *std::move(key);
}

Result<KeyValues> key_of_request(const Table& table, const Item& given) {
  if (given.size() != attributes_of(table.keys())) return fail(errors::validation(std::string(kNoMatch)));
  TRY_SYNC(KeyValues key, collect(table.keys(), [&](const KeyAttribute& attribute) -> Result<Value> {
             const Value* value = given.find(attribute.name);
             if (!value || !value->is(attribute.type)) return fail(errors::validation(std::string(kNoMatch)));
             TRY_SYNC_VOID(check_empty(attribute, *value));
             return *value;
           }));
  TRY_SYNC_VOID(check_sizes(key));
  return key;
}

Result<StartKey> start_key_of(const Table& table, const IndexRecord* index, const Item& given) {
  const auto take = [&](const KeyAttribute& attribute) -> Result<Value> {
    const Value* value = given.find(attribute.name);
    if (!value || !value->is(attribute.type)) {
      return fail(
          errors::validation("The provided starting key is invalid: The provided key element does not match "
                             "the schema"));
    }
    if (const Status empty = check_empty(attribute, *value); !empty) {
      return fail(errors::validation("The provided starting key is invalid: " + empty.error().message));
    }
    return *value;
  };
  StartKey start;
  TRY_SYNC(start.table, collect(table.keys(), take));
  size_t expected = attributes_of(table.keys());
  if (index) {
    TRY_SYNC(start.index, collect(index->keys, take));
    each_attribute(index->keys, [&](const KeyAttribute& attribute) {
      expected += is_key(table.keys(), attribute.name) ? 0 : 1;
    });
  }
  if (given.size() != expected) return fail(errors::validation("The provided starting key is invalid"));
  return start;
}

Status check_bounds(const KeySchema& keys, const KeyBounds& bounds) {
  for (size_t i = 0; i < bounds.hash.size(); ++i) TRY_SYNC_VOID(check_empty(keys.hash[i], bounds.hash[i]));
  for (size_t i = 0; i < bounds.range.size(); ++i) TRY_SYNC_VOID(check_empty(keys.range[i], bounds.range[i]));
  const KeyValues equal{.hash = bounds.hash, .range = bounds.range};
  TRY_SYNC_VOID(check_sizes(equal));
  for (const Value& operand : bounds.operands) {
    TRY_SYNC_VOID(check_empty(keys.range[bounds.range.size()], operand));
    KeyValues key = equal;
    key.range.push_back(operand);
    TRY_SYNC_VOID(check_sizes(key));
  }
  return {};
}

Item key_attributes(const Table& table, const IndexRecord* index, const Item& item) {
  Item key;
  const auto take = [&](const KeyAttribute& attribute) {
    if (const Value* value = item.find(attribute.name)) key.set(attribute.name, *value);
  };
  each_attribute(table.keys(), take);
  if (index) each_attribute(index->keys, take);
  return key;
}

bool is_key(const KeySchema& keys, std::string_view name) {
  return contains(keys.hash, name, &KeyAttribute::name) || contains(keys.range, name, &KeyAttribute::name);
}

}  // namespace hearth::services::dynamodb
