#include "services/dynamodb/table_definition.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {
namespace {

using Elements = std::vector<api::dynamodb::KeySchemaElement>;

std::string listing(const std::vector<std::string>& names) {
  return fmt::format("[{}]", fmt::join(names, ", "));
}

std::vector<std::string> names_of(const std::vector<KeyAttribute>& attributes) {
  std::vector<std::string> names;
  for (const KeyAttribute& attribute : attributes) names.push_back(attribute.name);
  return names;
}

std::vector<std::string> names_of(const Elements& elements) {
  std::vector<std::string> names;
  for (const auto& element : elements) names.push_back(element.attribute_name);
  return names;
}

const KeyAttribute* definition_of(const std::vector<KeyAttribute>& attributes, std::string_view name) {
  const auto found = std::ranges::find(attributes, name, &KeyAttribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

Result<KeySchema> resolve(const Elements& elements, const std::vector<KeyAttribute>& attributes) {
  KeySchema keys;
  for (const auto& element : elements) {
    const KeyAttribute* attribute = definition_of(attributes, element.attribute_name);
    if (!attribute) {
      return fail(errors::invalid_values(
          fmt::format("Some index key attributes are not defined in AttributeDefinitions. Keys: {}, "
                      "AttributeDefinitions: {}",
                      listing(names_of(elements)), listing(names_of(attributes)))));
    }
    (element.key_type == "HASH" ? keys.hash : keys.range).push_back(*attribute);
  }
  return keys;
}

std::string_view length_rule(const Elements& elements) {
  return elements.empty() ? "have length greater than or equal to 1" : "have length less than or equal to 2";
}

// One hash attribute, and perhaps a range attribute behind it.
Status check_simple_schema(const Elements& elements, std::string_view path) {
  constexpr size_t kElementsMax = 2;
  if (elements.empty() || elements.size() > kElementsMax) {
    std::string text = "[";
    for (const auto& element : elements) {
      if (text.size() > 1) text += ", ";
      text += fmt::format("KeySchemaElement(attributeName={}, keyType={})", element.attribute_name,
                          element.key_type);
    }
    return fail(errors::constraint(text + "]", path, length_rule(elements)));
  }
  if (elements[0].key_type != "HASH") {
    return fail(errors::validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"));
  }
  if (elements.size() == 1) return {};
  if (elements[1].key_type != "RANGE") {
    return fail(errors::validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"));
  }
  if (elements[0].attribute_name == elements[1].attribute_name) {
    return fail(errors::validation(
        "Both the Hash Key and the Range Key element in the KeySchema have the same name"));
  }
  return {};
}

// Up to four hash attributes, then up to four range attributes.
Status check_global_schema(const Elements& elements, std::string_view path) {
  if (elements.empty()) return fail(errors::constraint("[]", path, length_rule(elements)));
  if (elements[0].key_type != "HASH") {
    return fail(errors::validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"));
  }
  const auto first_range = std::ranges::find(elements, "RANGE", &api::dynamodb::KeySchemaElement::key_type);
  const bool mixed = contains(std::ranges::subrange(first_range, elements.end()), "HASH",
                              &api::dynamodb::KeySchemaElement::key_type);
  if (mixed) {
    return fail(errors::validation(
        "Invalid KeySchema: All HASH key elements must come before the RANGE key elements"));
  }
  const auto hashes = static_cast<size_t>(first_range - elements.begin());
  if (hashes > limits::kIndexKeyPartsMax || elements.size() - hashes > limits::kIndexKeyPartsMax) {
    return fail(errors::invalid_values("The number of HASH or RANGE key elements exceeds the limit of 4"));
  }
  auto names = names_of(elements);
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) {
    return fail(errors::validation(
        "Both the Hash Key and the Range Key element in the KeySchema have the same name"));
  }
  return {};
}

Status read_projection(const api::dynamodb::Projection& projection, IndexRecord& index) {
  const std::string type = projection.projection_type.value_or("null");
  if (type == "ALL") {
    index.projection = ProjectionType::kAll;
  } else if (type == "KEYS_ONLY") {
    index.projection = ProjectionType::kKeysOnly;
  } else if (type == "INCLUDE") {
    index.projection = ProjectionType::kInclude;
  } else {
    return fail(errors::invalid_values("Unknown ProjectionType: " + type));
  }
  const auto& names = projection.non_key_attributes;
  if (index.projection != ProjectionType::kInclude && names) {
    return fail(
        errors::invalid_values(fmt::format("ProjectionType is {}, but NonKeyAttributes is specified", type)));
  }
  if (index.projection == ProjectionType::kInclude && !names) {
    return fail(errors::invalid_values("ProjectionType is INCLUDE, but NonKeyAttributes is not specified"));
  }
  if (!names) return {};
  std::set<std::string> seen;
  for (const std::string& name : *names) {
    if (!seen.insert(name).second) {
      return fail(errors::invalid_values("Duplicate value in list of non-key attributes: " + name));
    }
  }
  index.non_keys = *names;
  return {};
}

Status check_indexes(const std::vector<IndexRecord>& indexes) {
  std::set<std::string> seen;
  size_t non_keys = 0;
  for (const IndexRecord& index : indexes) {
    TRY_SYNC_VOID(check_name(index.name, "indexName"));
    if (!seen.insert(index.name).second) {
      return fail(errors::invalid_values("Duplicate index name: " + index.name));
    }
    non_keys += index.non_keys.size();
  }
  if (non_keys > limits::kNonKeyAttributesMax) {
    return fail(errors::invalid_values("NonKeyAttributes count exceeds the per-table limit of 100"));
  }
  return {};
}

Result<IndexRecord> define_local(const api::dynamodb::LocalSecondaryIndex& input, const TableRecord& table,
                                 std::string_view path) {
  if (table.keys.range.empty()) {
    return fail(
        errors::invalid_values("Table KeySchema does not have a range key, which is required when specifying "
                               "a LocalSecondaryIndex"));
  }
  IndexRecord index{.name = input.index_name, .local = true};
  TRY_SYNC_VOID(check_simple_schema(input.key_schema, path));
  TRY_SYNC(index.keys, resolve(input.key_schema, table.attributes));
  if (index.keys.range.empty()) {
    return fail(
        errors::invalid_values("Index KeySchema does not have a range key for index: " + input.index_name));
  }
  if (index.keys.hash != table.keys.hash) {
    return fail(errors::invalid_values(
        fmt::format("Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                    "{}. index hash key: {}, "
                    "table hash key: {}",
                    input.index_name, index.keys.hash[0].name, table.keys.hash[0].name)));
  }
  TRY_SYNC_VOID(read_projection(input.projection, index));
  return index;
}

template <typename Input>
Result<IndexRecord> define_global(const Input& input, const std::vector<KeyAttribute>& attributes,
                                  bool on_demand, std::string_view path) {
  IndexRecord index{.name = input.index_name};
  TRY_SYNC_VOID(check_global_schema(input.key_schema, path));
  TRY_SYNC(index.keys, resolve(input.key_schema, attributes));
  TRY_SYNC_VOID(read_projection(input.projection, index));
  if (on_demand && input.provisioned_throughput) {
    return fail(errors::invalid_values(fmt::format(
        "ProvisionedThroughput should not be specified for index: {} when BillingMode is PAY_PER_REQUEST",
        input.index_name)));
  }
  if (!on_demand && !input.provisioned_throughput) {
    return fail(
        errors::invalid_values("ProvisionedThroughput must be specified for index: " + input.index_name));
  }
  if (input.provisioned_throughput) {
    TRY_SYNC_VOID(check_throughput(*input.provisioned_throughput, "index " + input.index_name));
    index.throughput.read = input.provisioned_throughput->read_capacity_units;
    index.throughput.write = input.provisioned_throughput->write_capacity_units;
  }
  TRY_SYNC_VOID(take_maxima(input.on_demand_throughput, "index " + input.index_name, index.throughput));
  TRY_SYNC_VOID(take_warm(input.warm_throughput, on_demand, "index " + input.index_name, index.throughput));
  return index;
}

Status define_indexes(const api::dynamodb::CreateTableInput& input, TableRecord& table) {
  if (const auto& locals = input.local_secondary_indexes) {
    if (locals->empty()) return fail(errors::invalid_values("List of LocalSecondaryIndexes is empty"));
    for (size_t i = 0; i < locals->size(); ++i) {
      TRY_SYNC(
          IndexRecord index,
          define_local((*locals)[i], table, fmt::format("localSecondaryIndexes.{}.member.keySchema", i + 1)));
      table.indexes.push_back(std::move(index));
    }
    if (locals->size() > limits::kLocalIndexesMax) {
      return fail(errors::invalid_values("Number of LocalSecondaryIndexes exceeds per-table limit of 5"));
    }
  }
  if (const auto& globals = input.global_secondary_indexes) {
    if (globals->empty()) return fail(errors::invalid_values("List of GlobalSecondaryIndexes is empty"));
    for (size_t i = 0; i < globals->size(); ++i) {
      TRY_SYNC(IndexRecord index,
               define_global((*globals)[i], table.attributes, table.on_demand,
                             fmt::format("globalSecondaryIndexes.{}.member.keySchema", i + 1)));
      table.indexes.push_back(std::move(index));
    }
    if (globals->size() > limits::kGlobalIndexesMax) {
      return fail(errors::invalid_values("GlobalSecondaryIndex count exceeds the per-table limit of 20"));
    }
  }
  return check_indexes(table.indexes);
}

Status check_definitions_used(const TableRecord& table) {
  std::set<std::string> used;
  const auto use = [&](const KeySchema& keys) {
    for (const auto& attribute : keys.hash) used.insert(attribute.name);
    for (const auto& attribute : keys.range) used.insert(attribute.name);
  };
  use(table.keys);
  for (const IndexRecord& index : table.indexes) use(index.keys);
  if (used.size() == table.attributes.size()) return {};
  if (table.indexes.empty()) {
    return fail(errors::invalid_values(
        "Number of attributes in KeySchema does not exactly match number of attributes "
        "defined in AttributeDefinitions"));
  }
  return fail(errors::invalid_values(
      fmt::format("Some AttributeDefinitions are not used. AttributeDefinitions: {}, keys used: {}",
                  listing(names_of(table.attributes)), listing({used.begin(), used.end()}))));
}

Status read_billing(const api::dynamodb::CreateTableInput& input, TableRecord& table) {
  table.on_demand = input.billing_mode == "PAY_PER_REQUEST";
  const auto& throughput = input.provisioned_throughput;
  if (table.on_demand && throughput) {
    return fail(
        errors::invalid_values("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                               "BillingMode is PAY_PER_REQUEST"));
  }
  if (!table.on_demand && !throughput) {
    return fail(errors::invalid_values(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"));
  }
  if (throughput) {
    TRY_SYNC_VOID(check_throughput(*throughput, "a table"));
    table.throughput.read = throughput->read_capacity_units;
    table.throughput.write = throughput->write_capacity_units;
  }
  TRY_SYNC_VOID(take_maxima(input.on_demand_throughput, "table", table.throughput));
  return take_warm(input.warm_throughput, table.on_demand, "table", table.throughput);
}

}  // namespace

Status check_throughput(const api::dynamodb::ProvisionedThroughput& throughput, std::string_view what) {
  const auto check = [&](int64_t units, std::string_view name) -> Status {
    if (units <= limits::kThroughputMax) return {};
    return fail(
        errors::validation(fmt::format("Given value {} for {} is out of bounds for {}", units, name, what)));
  };
  TRY_SYNC_VOID(check(throughput.read_capacity_units, "ReadCapacityUnits"));
  return check(throughput.write_capacity_units, "WriteCapacityUnits");
}

Status take_warm(const std::optional<api::dynamodb::WarmThroughput>& asked, bool on_demand,
                 std::string_view what, ThroughputRecord& record) {
  if (!asked) return {};
  const auto take = [&](std::optional<int64_t> units, std::string_view name, int64_t least,
                        int64_t& to) -> Status {
    if (!units) return {};
    if (*units < least) {
      return fail(errors::invalid_values(fmt::format(
          "Requested {} for WarmThroughput for {} is lower than {} throughput for {} {}", name, what,
          on_demand ? "initial" : "provisioned", on_demand ? "OnDemand" : "Provisioned", least)));
    }
    to = *units;
    return {};
  };
  TRY_SYNC_VOID(take(asked->read_units_per_second, "ReadUnitsPerSecond",
                     on_demand ? limits::kWarmReads : record.read, record.warm_read));
  return take(asked->write_units_per_second, "WriteUnitsPerSecond",
              on_demand ? limits::kWarmWrites : record.write, record.warm_write);
}

Status take_maxima(const std::optional<api::dynamodb::OnDemandThroughput>& asked, std::string_view what,
                   ThroughputRecord& record) {
  if (!asked) return {};
  const auto take = [&](std::optional<int64_t> units, std::string_view name, int64_t& to) -> Status {
    if (!units) return {};
    if (*units < -1 || *units == 0) {
      return fail(errors::invalid_values(
          fmt::format("Requested {} for OnDemandThroughput for {} is outside of valid range", name, what)));
    }
    to = std::max<int64_t>(*units, 0);
    return {};
  };
  TRY_SYNC_VOID(take(asked->max_read_request_units, "MaxReadRequestUnits", record.read_max));
  return take(asked->max_write_request_units, "MaxWriteRequestUnits", record.write_max);
}

Result<std::vector<KeyAttribute>> read_definitions(const Definitions& definitions) {
  std::vector<KeyAttribute> attributes;
  for (const auto& definition : definitions) {
    if (definition_of(attributes, definition.attribute_name)) {
      return fail(errors::invalid_values("Duplicate AttributeName in AttributeDefinitions: " +
                                         definition.attribute_name));
    }
    const auto type = parse_type(definition.attribute_type);
    if (!type) return fail(errors::invalid_values("Unknown AttributeType: " + definition.attribute_type));
    attributes.push_back({.name = definition.attribute_name, .type = *type});
  }
  return attributes;
}

namespace {

// What the model leaves to the service to miss.
Status check_given(const api::dynamodb::CreateTableInput& input) {
  std::vector<std::string> missing;
  const auto miss = [&](std::string_view path) {
    missing.push_back(
        fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null", path));
  };
  if (!input.attribute_definitions) miss("attributeDefinitions");
  if (!input.key_schema) miss("keySchema");
  if (missing.empty()) return {};
  return fail(errors::validation(fmt::format("{} validation error{} detected: {}", missing.size(),
                                             missing.size() == 1 ? "" : "s", fmt::join(missing, "; "))));
}

}  // namespace

Result<TableRecord> define_table(const api::dynamodb::CreateTableInput& input) {
  TRY_SYNC_VOID(check_given(input));
  TableRecord table;
  TRY_SYNC_VOID(check_simple_schema(*input.key_schema, "keySchema"));
  TRY_SYNC_VOID(read_billing(input, table));
  TRY_SYNC(table.attributes, read_definitions(*input.attribute_definitions));
  const bool has_indexes = input.local_secondary_indexes || input.global_secondary_indexes;
  if (!has_indexes && table.attributes.size() < input.key_schema->size())
    return fail(errors::validation("Invalid KeySchema: Some index key attribute have no definition"));
  TRY_SYNC(table.keys, resolve(*input.key_schema, table.attributes));
  TRY_SYNC_VOID(define_indexes(input, table));
  TRY_SYNC_VOID(check_definitions_used(table));
  table.table_class = input.table_class.value_or("");
  table.is_protected = input.deletion_protection_enabled.value_or(false);
  TRY_SYNC(table.tags, read_tags(input.tags.value_or(std::vector<api::dynamodb::Tag>())));
  return table;
}

Result<IndexRecord> define_index(const TableRecord& table, const std::vector<KeyAttribute>& attributes,
                                 const api::dynamodb::CreateGlobalSecondaryIndexAction& input) {
  TRY_SYNC(IndexRecord index, define_global(input, attributes, table.on_demand,
                                            "globalSecondaryIndexUpdates.1.member.create.keySchema"));
  TRY_SYNC_VOID(check_name(index.name, "indexName"));
  return index;
}

Result<Tags> read_tags(const std::vector<api::dynamodb::Tag>& given) {
  Tags tags;
  for (const auto& tag : given) {
    if (tag.key.starts_with("aws:")) {
      return fail(
          errors::validation("One or more parameter values were invalid: Tag keys starting with 'aws:' are "
                             "reserved for system use"));
    }
    if (!tags.emplace(tag.key, tag.value).second) {
      return fail(errors::invalid_values("Duplicate tag key: " + tag.key));
    }
  }
  if (tags.size() > limits::kTagsMax) {
    return fail(errors::validation(
        "One or more parameter values were invalid: Number of tags exceeds the limit of 50"));
  }
  return tags;
}

}  // namespace hearth::services::dynamodb
