#include "services/dynamodb/restoring.h"

#include <algorithm>

#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/numbers.h"
#include "services/dynamodb/table_definition.h"
#include "services/dynamodb/table_encryption.h"

namespace hearth::services::dynamodb {
namespace {

bool same_keys(const KeySchema& keys, const std::vector<api::dynamodb::KeySchemaElement>& asked) {
  const auto named = [&](const KeyAttribute& attribute, std::string_view type) {
    return std::ranges::any_of(asked, [&](const auto& element) {
      return element.attribute_name == attribute.name && element.key_type == type;
    });
  };
  return asked.size() == keys.hash.size() + keys.range.size() &&
         std::ranges::all_of(keys.hash, [&](const auto& one) { return named(one, "HASH"); }) &&
         std::ranges::all_of(keys.range, [&](const auto& one) { return named(one, "RANGE"); });
}

void set_throughput(const std::optional<api::dynamodb::ProvisionedThroughput>& asked,
                    ThroughputRecord& record) {
  if (!asked) return;
  record.read = asked->read_capacity_units;
  record.write = asked->write_capacity_units;
}

// The index of the source that is asked for: restored tables have none that was not there.
template <typename Asked>
Result<IndexRecord> pick(const TableRecord& source, bool local, const Asked& asked) {
  for (const IndexRecord& index : source.indexes) {
    if (index.name == asked.index_name && index.local == local && same_keys(index.keys, asked.key_schema))
      return index;
  }
  return fail(errors::invalid_values("The source table does not have the index: " + asked.index_name));
}

Result<std::vector<IndexRecord>> pick_indexes(const TableRecord& source, const Overrides& overrides) {
  std::vector<IndexRecord> picked;
  for (const IndexRecord& index : source.indexes) {
    const bool overridden = index.local ? overrides.locals.has_value() : overrides.globals.has_value();
    if (!overridden) picked.push_back(index);
  }
  if (overrides.locals) {
    for (const auto& asked : *overrides.locals) {
      TRY_SYNC(IndexRecord index, pick(source, true, asked));
      picked.push_back(std::move(index));
    }
  }
  if (overrides.globals) {
    for (const auto& asked : *overrides.globals) {
      TRY_SYNC(IndexRecord index, pick(source, false, asked));
      if (asked.provisioned_throughput) {
        TRY_SYNC_VOID(check_throughput(*asked.provisioned_throughput, "index: " + index.name));
      }
      set_throughput(asked.provisioned_throughput, index.throughput);
      TRY_SYNC_VOID(take_maxima(asked.on_demand_throughput, "index " + index.name, index.throughput));
      picked.push_back(std::move(index));
    }
  }
  auto names = picked;
  std::ranges::sort(names, {}, &IndexRecord::name);
  const auto twice = std::ranges::adjacent_find(names, {}, &IndexRecord::name);
  if (twice != names.end()) return fail(errors::invalid_values("Duplicate index name: " + twice->name));
  return picked;
}

// Definitions of attributes by which something is still keyed.
std::vector<KeyAttribute> used_attributes(const TableRecord& table) {
  const auto keyed = [](const KeySchema& keys, const KeyAttribute& attribute) {
    return contains(keys.hash, attribute.name, &KeyAttribute::name) ||
           contains(keys.range, attribute.name, &KeyAttribute::name);
  };
  std::vector<KeyAttribute> used;
  for (const KeyAttribute& attribute : table.attributes) {
    const bool in_index = std::ranges::any_of(
        table.indexes, [&](const IndexRecord& index) { return keyed(index.keys, attribute); });
    if (in_index || keyed(table.keys, attribute)) used.push_back(attribute);
  }
  return used;
}

Status set_billing(const Overrides& overrides, TableRecord& table) {
  if (overrides.billing_mode) table.on_demand = *overrides.billing_mode == "PAY_PER_REQUEST";
  if (overrides.throughput && table.on_demand) {
    return fail(
        errors::invalid_values("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                               "BillingMode is PAY_PER_REQUEST"));
  }
  if (overrides.throughput) {
    TRY_SYNC_VOID(check_throughput(*overrides.throughput, "table"));
  }
  set_throughput(overrides.throughput, table.throughput);
  TRY_SYNC_VOID(take_maxima(overrides.on_demand, "table", table.throughput));
  if (table.on_demand) {
    table.throughput.read = table.throughput.write = 0;
    for (IndexRecord& index : table.indexes) index.throughput.read = index.throughput.write = 0;
    return {};
  }
  if (table.throughput.read == 0) {
    return fail(errors::invalid_values(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"));
  }
  for (const IndexRecord& index : table.indexes) {
    if (!index.local && index.throughput.read == 0) {
      return fail(errors::invalid_values("ProvisionedThroughput must be specified for index: " + index.name));
    }
  }
  return {};
}

}  // namespace

Result<TableRecord> restored_record(const Parts& parts, const TableRef& ref, const TableRecord& source,
                                    const Overrides& overrides) {
  const int64_t now = now_ms(parts.clock);
  TableRecord table{.number = new_number(parts.random),
                    .id = parts.random.uuid(),
                    .created_ms = now,
                    .status = TableStatus::kCreating,
                    .attributes = source.attributes,
                    .keys = source.keys,
                    .on_demand = source.on_demand,
                    .throughput = source.throughput,
                    .table_class = source.table_class,
                    .kms_key_arn = source.kms_key_arn};
  TRY_SYNC(table.indexes, pick_indexes(source, overrides));
  TRY_SYNC_VOID(set_billing(overrides, table));
  table.attributes = used_attributes(table);
  for (IndexRecord& index : table.indexes) {
    index.number = new_number(parts.random);
    index.status = IndexStatus::kActive;
    index.backfilled.clear();
  }
  if (table.on_demand) table.on_demand_since_ms = now;
  if (overrides.encryption) table.kms_key_arn = kms_key_of(ref, *overrides.encryption);
  return table;
}

Async<void> authorize_target(const Parts& parts, const wire::Call& call, const char* action, TableRef ref) {
  co_return co_await parts.authorizer.authorize(call, {.action = action, .resource = ref.arn()});
}

Async<void> check_absent(store::Transaction& tx, const Catalog& catalog, TableRef ref) {
  TRY(const auto table, co_await catalog.find(tx, ref));
  if (table)
    co_return Error{.code = "TableAlreadyExistsException", .message = "Table already exists: " + ref.name};
  co_return {};
}

}  // namespace hearth::services::dynamodb
