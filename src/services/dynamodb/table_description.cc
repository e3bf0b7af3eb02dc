#include "services/dynamodb/table_description.h"

#include <algorithm>

#include "services/dynamodb/contains.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/limits.h"

namespace hearth::services::dynamodb {
namespace {

std::vector<api::dynamodb::AttributeDefinition> definitions_of(const std::vector<KeyAttribute>& attributes) {
  std::vector<api::dynamodb::AttributeDefinition> definitions;
  for (const auto& attribute : attributes) {
    definitions.push_back(
        {.attribute_name = attribute.name, .attribute_type = std::string(type_name(attribute.type))});
  }
  return definitions;
}

api::dynamodb::Projection projection_of(const IndexRecord& index) {
  switch (index.projection) {
    case ProjectionType::kAll:
      return {.projection_type = "ALL"};
    case ProjectionType::kKeysOnly:
      return {.projection_type = "KEYS_ONLY"};
    case ProjectionType::kInclude:
      return {.projection_type = "INCLUDE", .non_key_attributes = index.non_keys};
  }
  return {};
}

api::dynamodb::ProvisionedThroughputDescription throughput_of(const ThroughputRecord& record) {
  api::dynamodb::ProvisionedThroughputDescription told{.number_of_decreases_today = record.decreases_today,
                                                       .read_capacity_units = record.read,
                                                       .write_capacity_units = record.write};
  if (record.increased_ms != 0) told.last_increase_date_time = from_epoch_ms(record.increased_ms);
  if (record.decreased_ms != 0) told.last_decrease_date_time = from_epoch_ms(record.decreased_ms);
  return told;
}

std::optional<api::dynamodb::OnDemandThroughput> maxima_of(const ThroughputRecord& record) {
  if (record.read_max == 0 && record.write_max == 0) return {};
  return api::dynamodb::OnDemandThroughput{
      .max_read_request_units = record.read_max != 0 ? record.read_max : -1,
      .max_write_request_units = record.write_max != 0 ? record.write_max : -1};
}

template <typename Warm>
Warm warm_of(const ThroughputRecord& record, bool on_demand) {
  const auto pick = [&](int64_t asked, int64_t provisioned, int64_t usual) {
    return asked != 0 ? asked : on_demand ? usual : provisioned;
  };
  return {.read_units_per_second = pick(record.warm_read, record.read, limits::kWarmReads),
          .write_units_per_second = pick(record.warm_write, record.write, limits::kWarmWrites),
          .status = "ACTIVE"};
}

const char* status_text(IndexStatus status) {
  constexpr const char* kTexts[] = {"ACTIVE", "CREATING", "UPDATING", "DELETING"};
  return kTexts[static_cast<size_t>(status)];
}

const char* status_text(TableStatus status) {
  constexpr const char* kTexts[] = {"ACTIVE", "CREATING", "UPDATING", "DELETING"};
  return kTexts[static_cast<size_t>(status)];
}

api::dynamodb::GlobalSecondaryIndexDescription describe_global(const Table& table, const IndexRecord& index,
                                                               const Counts& counts) {
  api::dynamodb::GlobalSecondaryIndexDescription told{
      .index_name = index.name,
      .key_schema = elements_of<api::dynamodb::KeySchemaElement>(index.keys),
      .projection = projection_of(index),
      .index_status = status_text(index.status),
      .provisioned_throughput = throughput_of(index.throughput),
      .index_size_bytes = counts.bytes,
      .item_count = counts.items,
      .index_arn = table.ref.arn() + "/index/" + index.name,
      .on_demand_throughput = maxima_of(index.throughput),
      .warm_throughput = warm_of<api::dynamodb::GlobalSecondaryIndexWarmThroughputDescription>(
          index.throughput, table.record.on_demand)};
  if (index.status == IndexStatus::kCreating) told.backfilling = true;
  return told;
}

Counts counts_in(const TableCounts& counts, const IndexRecord& index) {
  const auto found = counts.indexes.find(index.name);
  return found == counts.indexes.end() ? Counts{} : found->second;
}

void describe_indexes(const Table& table, const TableCounts& counts, api::dynamodb::TableDescription& told) {
  for (const IndexRecord& index : table.record.indexes) {
    const Counts in_index = counts_in(counts, index);
    if (!index.local) {
      if (!told.global_secondary_indexes) told.global_secondary_indexes.emplace();
      told.global_secondary_indexes->push_back(describe_global(table, index, in_index));
      continue;
    }
    if (!told.local_secondary_indexes) told.local_secondary_indexes.emplace();
    told.local_secondary_indexes->push_back(
        {.index_name = index.name,
         .key_schema = elements_of<api::dynamodb::KeySchemaElement>(index.keys),
         .projection = projection_of(index),
         .index_size_bytes = in_index.bytes,
         .item_count = in_index.items,
         .index_arn = table.ref.arn() + "/index/" + index.name});
  }
}

void describe_stream(const Table& table, api::dynamodb::TableDescription& told) {
  const TableStream& stream = table.record.stream;
  if (stream.enabled) {
    told.stream_specification =
        api::dynamodb::StreamSpecification{.stream_enabled = true, .stream_view_type = stream.view};
  }
  if (stream.label.empty()) return;
  told.latest_stream_label = stream.label;
  told.latest_stream_arn = stream_arn(table.ref, stream.label);
}

}  // namespace

std::string stream_arn(const TableRef& ref, const std::string& label) {
  return ref.arn() + "/stream/" + label;
}

Async<TableCounts> table_counts(store::Transaction& tx, TablePtr table) {
  TableCounts counts;
  TRY(counts.table, co_await counts_of(tx, table->record.number));
  for (const IndexRecord& index : table->record.indexes) {
    TRY(const Counts in_index, co_await counts_of(tx, index.number));
    counts.indexes.emplace(index.name, in_index);
  }
  co_return counts;
}

api::dynamodb::TableDescription describe(const Table& table, const TableCounts& counts) {
  const TableRecord& record = table.record;
  api::dynamodb::TableDescription told{
      .attribute_definitions = definitions_of(record.attributes),
      .table_name = table.ref.name,
      .key_schema = elements_of<api::dynamodb::KeySchemaElement>(record.keys),
      .table_status = status_text(record.status),
      .creation_date_time = from_epoch_ms(record.created_ms),
      .provisioned_throughput = throughput_of(record.throughput),
      .table_size_bytes = counts.table.bytes,
      .item_count = counts.table.items,
      .table_arn = table.ref.arn(),
      .table_id = record.id,
      .deletion_protection_enabled = record.is_protected,
      .on_demand_throughput = maxima_of(record.throughput)};
  if (record.on_demand) {
    told.billing_mode_summary = api::dynamodb::BillingModeSummary{
        .billing_mode = "PAY_PER_REQUEST",
        .last_update_to_pay_per_request_date_time = from_epoch_ms(record.on_demand_since_ms)};
  } else if (record.on_demand_since_ms != 0) {
    told.billing_mode_summary = api::dynamodb::BillingModeSummary{
        .billing_mode = "PROVISIONED",
        .last_update_to_pay_per_request_date_time = from_epoch_ms(record.on_demand_since_ms)};
  }
  told.warm_throughput =
      warm_of<api::dynamodb::TableWarmThroughputDescription>(record.throughput, record.on_demand);
  describe_indexes(table, counts, told);
  if (contains(record.indexes, IndexStatus::kCreating, &IndexRecord::status)) told.table_status = "UPDATING";
  describe_stream(table, told);
  if (!record.restored.table_arn.empty()) {
    told.restore_summary =
        api::dynamodb::RestoreSummary{.source_table_arn = record.restored.table_arn,
                                      .restore_date_time = from_epoch_ms(record.restored.as_of_ms),
                                      .restore_in_progress = record.status == TableStatus::kCreating};
    if (!record.restored.backup_arn.empty())
      told.restore_summary->source_backup_arn = record.restored.backup_arn;
  }
  if (!record.kms_key_arn.empty()) {
    told.sse_description = api::dynamodb::SSEDescription{
        .status = "ENABLED", .sse_type = "KMS", .kms_master_key_arn = record.kms_key_arn};
  }
  if (!record.table_class.empty()) {
    told.table_class_summary = api::dynamodb::TableClassSummary{.table_class = record.table_class};
    if (record.table_class_ms != 0)
      told.table_class_summary->last_update_date_time = from_epoch_ms(record.table_class_ms);
  }
  return told;
}

api::dynamodb::TableDescription describe_changed(const Table& before, const Table& after,
                                                 const TableCounts& counts) {
  auto told = describe(after, counts);
  told.table_status = "UPDATING";
  for (const IndexRecord& index : before.record.indexes) {
    if (contains(after.record.indexes, index.name, &IndexRecord::name)) continue;
    if (!told.global_secondary_indexes) told.global_secondary_indexes.emplace();
    auto& gone =
        told.global_secondary_indexes->emplace_back(describe_global(before, index, counts_in(counts, index)));
    gone.index_status = "DELETING";
  }
  if (after.record.kms_key_arn != before.record.kms_key_arn) {
    if (!told.sse_description) told.sse_description = describe(before, counts).sse_description;
    told.sse_description->status = "UPDATING";
  }
  return told;
}

api::dynamodb::TableDescription describe_new(const Table& table) {
  auto told = describe(table, {});
  told.table_status = "CREATING";
  const ThroughputRecord& throughput = table.record.throughput;
  if (throughput.warm_read == 0 && throughput.warm_write == 0) {
    told.warm_throughput.reset();
  } else {
    told.warm_throughput->status = "UPDATING";
  }
  if (told.billing_mode_summary) told.billing_mode_summary->last_update_to_pay_per_request_date_time.reset();
  if (told.global_secondary_indexes) {
    for (auto& index : *told.global_secondary_indexes) {
      index.index_status = "CREATING";
      index.warm_throughput.reset();
    }
  }
  return told;
}

api::dynamodb::TableDescription describe_gone(const Table& table, const TableCounts& counts) {
  auto told = describe(table, counts);
  told.table_status = "DELETING";
  told.attribute_definitions.reset();
  told.key_schema.reset();
  told.creation_date_time.reset();
  told.local_secondary_indexes.reset();
  told.global_secondary_indexes.reset();
  told.warm_throughput.reset();
  return told;
}

}  // namespace hearth::services::dynamodb
