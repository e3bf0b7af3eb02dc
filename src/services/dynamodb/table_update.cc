#include "services/dynamodb/table_update.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/index_filler.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/table_definition.h"
#include "services/dynamodb/table_encryption.h"
#include "services/dynamodb/table_streams.h"

namespace hearth::services::dynamodb {
namespace {

using Input = api::dynamodb::UpdateTableInput;
using IndexUpdate = api::dynamodb::GlobalSecondaryIndexUpdate;

const std::string& name_of(const IndexUpdate& update) {
  return update.create   ? update.create->index_name
         : update.update ? update.update->index_name
                         : update.delete_->index_name;
}

Status check_index_updates(const std::vector<IndexUpdate>& updates) {
  std::set<std::string> names;
  for (const IndexUpdate& update : updates) {
    const int kinds = (update.create ? 1 : 0) + (update.update ? 1 : 0) + (update.delete_ ? 1 : 0);
    if (kinds == 0) {
      return fail(errors::invalid_values(
          "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null"));
    }
    if (kinds > 1 || !names.insert(name_of(update)).second) {
      return fail(errors::invalid_values(
          "Only one global secondary index update per index is allowed simultaneously. Index: " +
          name_of(update)));
    }
  }
  const auto online =
      std::ranges::count_if(updates, [](const IndexUpdate& update) { return !update.update; });
  if (online > 1) {
    return fail(
        errors::limit_exceeded("Subscriber limit exceeded: Only 1 online index can be created or deleted "
                               "simultaneously per table"));
  }
  return {};
}

// Of an index by its name, else of the table.
Status change_throughput(const api::dynamodb::ProvisionedThroughput& asked, const std::string& index,
                         TimePoint now, ThroughputRecord& record) {
  const std::string_view kind = index.empty() ? "table" : "index";
  TRY_SYNC_VOID(check_throughput(asked, index.empty() ? "a table" : "index " + index));
  const bool more = asked.read_capacity_units > record.read || asked.write_capacity_units > record.write;
  const bool less = asked.read_capacity_units < record.read || asked.write_capacity_units < record.write;
  if (!more && !less) {
    return fail(errors::validation(fmt::format(
        "The provisioned throughput for the {0}{1} will not change. The requested value equals the current "
        "value. Current ReadCapacityUnits provisioned for the {0}: {2}. Requested ReadCapacityUnits: {3}. "
        "Current WriteCapacityUnits provisioned for the {0}: {4}. Requested WriteCapacityUnits: {5}. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
        kind, index.empty() ? "" : " " + index, record.read, asked.read_capacity_units, record.write,
        asked.write_capacity_units)));
  }
  record.read = asked.read_capacity_units;
  record.write = asked.write_capacity_units;
  if (more) record.increased_ms = epoch_ms(now);
  if (less) {
    record.decreased_ms = epoch_ms(now);
    ++record.decreases_today;
  }
  return {};
}

Error on_demand_has_none() {
  return errors::invalid_values(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
      "PAY_PER_REQUEST");
}

Status change_billing(const Input& input, TimePoint now, TableRecord& table) {
  const std::string mode = input.billing_mode.value_or(table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
  const auto& throughput = input.provisioned_throughput;
  if (mode == "PAY_PER_REQUEST") {
    if (throughput) return fail(on_demand_has_none());
    if (!table.on_demand) table.on_demand_since_ms = epoch_ms(now);
    table.on_demand = true;
    table.throughput.read = table.throughput.write = 0;
    for (IndexRecord& index : table.indexes) index.throughput.read = index.throughput.write = 0;
    return {};
  }
  if (!throughput) {
    if (!table.on_demand) return {};
    return fail(errors::invalid_values(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"));
  }
  TRY_SYNC_VOID(change_throughput(*throughput, "", now, table.throughput));
  table.on_demand = false;
  return {};
}

Status create_index(const Input& input, const api::dynamodb::CreateGlobalSecondaryIndexAction& create,
                    uint64_t number, TableRecord& table) {
  std::vector<KeyAttribute> attributes = table.attributes;
  TRY_SYNC(const auto given, read_definitions(input.attribute_definitions.value_or(Definitions())));
  for (const KeyAttribute& one : given) {
    const auto same = std::ranges::find(attributes, one.name, &KeyAttribute::name);
    if (same == attributes.end()) {
      attributes.push_back(one);
    } else if (same->type != one.type) {
      return fail(errors::invalid_values(
          fmt::format("Attributes cannot be redefined. Please check that your attribute has the same type as "
                      "previously defined. "
                      "Existing schema: Schema:[SchemaElement: key{{{}:{}}}] New schema: "
                      "Schema:[SchemaElement: key{{{}:{}}}]",
                      same->name, type_name(same->type), one.name, type_name(one.type))));
    }
  }
  const auto creating = [](const IndexRecord& index) { return index.status == IndexStatus::kCreating; };
  if (std::ranges::any_of(table.indexes, creating)) {
    return fail(
        errors::limit_exceeded("Subscriber limit exceeded: Only 1 online index can be created or deleted "
                               "simultaneously per table"));
  }
  if (contains(table.indexes, create.index_name, &IndexRecord::name)) {
    return fail(errors::validation("Attempting to create an index which already exists"));
  }
  TRY_SYNC(IndexRecord index, define_index(table, attributes, create));
  if (std::ranges::count(table.indexes, false, &IndexRecord::local) >=
      static_cast<std::ptrdiff_t>(limits::kGlobalIndexesMax)) {
    return fail(errors::limit_exceeded("GlobalSecondaryIndex count exceeds the per-table limit of 20"));
  }
  index.number = number;
  index.status = IndexStatus::kCreating;
  // Only what an index is keyed by is kept of the definitions.
  for (const KeyAttribute& one : given) {
    const bool used = contains(index.keys.hash, one) || contains(index.keys.range, one);
    if (used && !contains(table.attributes, one)) table.attributes.push_back(one);
  }
  table.indexes.push_back(std::move(index));
  return {};
}

// An index that is gone takes along the definitions that it alone used.
void forget_definitions(TableRecord& table) {
  const auto used = [&](const KeyAttribute& attribute) {
    const auto in = [&](const KeySchema& keys) {
      return contains(keys.hash, attribute) || contains(keys.range, attribute);
    };
    return in(table.keys) || std::ranges::any_of(table.indexes, in, &IndexRecord::keys);
  };
  std::erase_if(table.attributes, [&](const KeyAttribute& attribute) { return !used(attribute); });
}

Status change_indexes(store::Transaction& tx, const Input& input, uint64_t number, TimePoint now,
                      Table& changed) {
  TableRecord& table = changed.record;
  for (const IndexUpdate& update : *input.global_secondary_index_updates) {
    if (update.create) {
      TRY_SYNC_VOID(create_index(input, *update.create, number, table));
      IndexFiller::ask(tx, changed.ref);
      continue;
    }
    const auto found = std::ranges::find_if(table.indexes, [&](const IndexRecord& index) {
      return !index.local && index.name == name_of(update);
    });
    if (found == table.indexes.end()) {
      return fail(Error{.code = "ResourceNotFoundException",
                        .message = "Requested resource not found: Index: " + name_of(update) + " not found"});
    }
    if (update.delete_) {
      erase_items(tx, found->number);
      table.indexes.erase(found);
      forget_definitions(table);
    } else {
      if (update.update->provisioned_throughput) {
        if (table.on_demand) return fail(on_demand_has_none());
        TRY_SYNC_VOID(
            change_throughput(*update.update->provisioned_throughput, found->name, now, found->throughput));
      }
      TRY_SYNC_VOID(take_warm(update.update->warm_throughput, table.on_demand, "index " + found->name,
                              found->throughput));
      TRY_SYNC_VOID(
          take_maxima(update.update->on_demand_throughput, "index " + found->name, found->throughput));
    }
  }
  return {};
}

// Indexes of a table that is no longer on demand have theirs, too.
Status check_provisioned(const TableRecord& table) {
  for (const IndexRecord& index : table.indexes) {
    if (index.local || index.throughput.read > 0) continue;
    return fail(errors::invalid_values("ProvisionedThroughput must be specified for index: " + index.name));
  }
  return {};
}

Async<void> change_stream(store::Transaction& tx, const api::dynamodb::StreamSpecification& asked,
                          uint64_t number, TimePoint now, Table& table) {
  TableRecord& record = table.record;
  if (!asked.stream_enabled) {
    if (!record.stream.enabled) co_return errors::validation("Table has no stream to disable");
    co_return co_await end_stream(tx, table.ref, record, now);
  }
  if (record.stream.enabled) {
    co_return errors::validation("Table already has an enabled stream: " + table.ref.name);
  }
  if (!asked.stream_view_type) {
    co_return errors::invalid_values("StreamViewType must be specified when StreamEnabled is true");
  }
  start_stream(tx, table.ref, record, *asked.stream_view_type, number, now);
  co_return {};
}

}  // namespace

Status check_update(const Input& input) {
  const auto refuse = [](std::string_view what) {
    return fail(Error{.code = "NotImplemented",
                      .message = std::string(what) + " is not implemented by this server."});
  };
  if (input.replica_updates) return refuse("DynamoDB UpdateTable with ReplicaUpdates");
  if (input.vector_index_updates) return refuse("DynamoDB UpdateTable with VectorIndexUpdates");
  if (input.global_table_witness_updates)
    return refuse("DynamoDB UpdateTable with GlobalTableWitnessUpdates");
  if (input.multi_region_consistency) return refuse("DynamoDB UpdateTable with MultiRegionConsistency");
  if (input.global_table_settings_replication_mode) {
    return refuse("DynamoDB UpdateTable with GlobalTableSettingsReplicationMode");
  }
  if (input.disassociation_protection_enabled) {
    return refuse("DynamoDB UpdateTable with DisassociationProtectionEnabled");
  }
  const bool index_change =
      input.global_secondary_index_updates && !input.global_secondary_index_updates->empty();
  const bool anything = input.billing_mode || input.provisioned_throughput || index_change ||
                        input.stream_specification || input.sse_specification || input.table_class ||
                        input.deletion_protection_enabled || input.on_demand_throughput ||
                        input.warm_throughput;
  if (!anything) {
    return fail(
        errors::validation("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                           "GlobalSecondaryIndexUpdates or "
                           "SSESpecification or ReplicaUpdates is required"));
  }
  if (index_change && input.stream_specification) {
    return fail(errors::validation(
        "Only one of GlobalSecondaryIndexUpdates and StreamSpecification can be specified in "
        "one UpdateTable request"));
  }
  return index_change ? check_index_updates(*input.global_secondary_index_updates) : Status();
}

Async<void> apply_update(store::Transaction& tx, const Input& input, uint64_t number, TimePoint now,
                         Table& table) {
  TableRecord& record = table.record;
  const bool was_on_demand = record.on_demand;
  if (input.billing_mode || input.provisioned_throughput) {
    TRY_VOID(change_billing(input, now, record));
  }
  TRY_VOID(take_maxima(input.on_demand_throughput, "table", record.throughput));
  TRY_VOID(take_warm(input.warm_throughput, record.on_demand, "table", record.throughput));
  if (input.global_secondary_index_updates) {
    TRY_VOID(change_indexes(tx, input, number, now, table));
  }
  if (was_on_demand && !record.on_demand) TRY_VOID(check_provisioned(record));
  if (input.sse_specification) record.kms_key_arn = kms_key_of(table.ref, *input.sse_specification);
  if (input.table_class) {
    record.table_class = *input.table_class;
    record.table_class_ms = epoch_ms(now);
  }
  if (input.deletion_protection_enabled) record.is_protected = *input.deletion_protection_enabled;
  if (input.stream_specification) {
    TRY_VOID(co_await change_stream(tx, *input.stream_specification, number, now, table));
  }
  co_return {};
}

}  // namespace hearth::services::dynamodb
