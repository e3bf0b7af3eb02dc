#include "services/dynamodb/backups.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/numbers.h"
#include "services/dynamodb/part_ref.h"
#include "services/dynamodb/restoring.h"
#include "services/dynamodb/table_copies.h"
#include "services/dynamodb/table_description.h"
#include "services/dynamodb/table_log.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;
namespace shapes = api::dynamodb;
using BackupTable = store::Table<BackupRecord>;

constexpr int32_t kPageMax = 100;

BackupTable backups(store::Transaction& tx, const std::string& account, const std::string& region) {
  return {tx, store::Key("dynamodb.backups", account, region)};
}

Error no_backup(const std::string& arn) {
  return {.code = "BackupNotFoundException", .message = "Backup not found: " + arn};
}

// `call` outlives the task.
Async<BackupRecord> require(store::Transaction& tx, const wire::Call& call, BackupRef ref) {
  if (ref.table.region != call.region) co_return no_backup(ref.arn());
  TRY(auto backup, co_await backups(tx, ref.table.account, ref.table.region).get(store::Key(ref.id)));
  if (!backup || backup->table_name != ref.table.name) co_return no_backup(ref.arn());
  co_return *std::move(backup);
}

const char* status_of(const BackupRecord& backup) {
  return backup.available ? "AVAILABLE" : "CREATING";
}

shapes::BackupDetails details_of(const BackupRef& ref, const BackupRecord& backup) {
  return {.backup_arn = ref.arn(),
          .backup_name = backup.name,
          .backup_size_bytes = backup.bytes,
          .backup_status = status_of(backup),
          .backup_type = "USER",
          .backup_creation_date_time = from_epoch_ms(backup.created_ms)};
}

shapes::SourceTableDetails source_of(const BackupRef& ref, const BackupRecord& backup,
                                     const shapes::TableDescription& table) {
  const ThroughputRecord& throughput = backup.table.throughput;
  return {.table_name = ref.table.name,
          .table_id = backup.table.id,
          .table_arn = ref.table.arn(),
          .table_size_bytes = backup.bytes,
          .key_schema = *table.key_schema,
          .table_creation_date_time = from_epoch_ms(backup.table.created_ms),
          .provisioned_throughput = {.read_capacity_units = throughput.read,
                                     .write_capacity_units = throughput.write},
          .on_demand_throughput = table.on_demand_throughput,
          .item_count = backup.items,
          .billing_mode = backup.table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED"};
}

shapes::SourceTableFeatureDetails features_of(const BackupRecord& backup,
                                              const shapes::TableDescription& table) {
  shapes::SourceTableFeatureDetails told{.stream_description = table.stream_specification,
                                         .sse_description = table.sse_description};
  if (table.local_secondary_indexes) {
    told.local_secondary_indexes.emplace();
    for (const auto& index : *table.local_secondary_indexes) {
      told.local_secondary_indexes->push_back(
          {.index_name = index.index_name, .key_schema = index.key_schema, .projection = index.projection});
    }
  }
  if (table.global_secondary_indexes) {
    told.global_secondary_indexes.emplace();
    for (const auto& index : *table.global_secondary_indexes) {
      told.global_secondary_indexes->push_back(
          {.index_name = index.index_name,
           .key_schema = index.key_schema,
           .projection = index.projection,
           .provisioned_throughput =
               shapes::ProvisionedThroughput{
                   .read_capacity_units = index.provisioned_throughput->read_capacity_units.value_or(0),
                   .write_capacity_units = index.provisioned_throughput->write_capacity_units.value_or(0)},
           .on_demand_throughput = index.on_demand_throughput});
    }
  }
  const TimeToLive& ttl = backup.table.ttl;
  if (ttl.enabled) {
    told.time_to_live_description =
        shapes::TimeToLiveDescription{.time_to_live_status = "ENABLED", .attribute_name = ttl.attribute};
  }
  return told;
}

shapes::BackupDescription describe_backup(const BackupRef& ref, const BackupRecord& backup) {
  const auto table = describe(Table{.ref = ref.table, .record = backup.table}, {});
  return {.backup_details = details_of(ref, backup),
          .source_table_details = source_of(ref, backup, table),
          .source_table_feature_details = features_of(backup, table)};
}

shapes::BackupSummary summary_of(const BackupRef& ref, const BackupRecord& backup) {
  return {.table_name = ref.table.name,
          .table_id = backup.table.id,
          .table_arn = ref.table.arn(),
          .backup_arn = ref.arn(),
          .backup_name = backup.name,
          .backup_creation_date_time = from_epoch_ms(backup.created_ms),
          .backup_status = status_of(backup),
          .backup_type = "USER",
          .backup_size_bytes = backup.bytes};
}

bool is_listed(const BackupRecord& backup, const shapes::ListBackupsInput& input,
               const std::optional<std::string>& table_name) {
  if (table_name && backup.table_name != *table_name) return false;
  const TimePoint made = from_epoch_ms(backup.created_ms);
  if (input.time_range_lower_bound && made < *input.time_range_lower_bound) return false;
  return !input.time_range_upper_bound || made < *input.time_range_upper_bound;
}

}  // namespace

void Backups::mount(wire::Router& router) {
  router.on<ops::CreateBackup>(*this, &Backups::create);
  router.on<ops::DescribeBackup>(*this, &Backups::describe);
  router.on<ops::ListBackups>(*this, &Backups::list);
  router.on<ops::DeleteBackup>(*this, &Backups::remove);
  router.on<ops::RestoreTableFromBackup>(*this, &Backups::restore);
}

Async<shapes::CreateBackupOutput> Backups::create(const wire::Call& call, shapes::CreateBackupInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  const int64_t now = now_ms(parts_.clock);
  const BackupRef backup_ref{.table = ref, .id = new_part_id(now, parts_.random)};
  const uint64_t number = new_number(parts_.random);
  const uint64_t log_number = new_number(parts_.random);
  auto body = [&](store::Transaction& tx) -> Async<shapes::CreateBackupOutput> {
    TRY(const auto table, co_await parts_.catalog.find(tx, ref));
    if (!table) co_return errors::table_not_found(ref.name);
    if (table->record.status == TableStatus::kCreating) {
      co_return Error{.code = "TableInUseException", .message = "Table is being created: " + ref.name};
    }
    TableRecord source = table->record;
    hold_log(source.log, log_number);
    put_with_log(tx, ref, source);
    const BackupRecord backup{.name = input.backup_name,
                              .table_name = ref.name,
                              .table = table->record,
                              .number = number,
                              .created_ms = now};
    backups(tx, ref.account, ref.region).put(store::Key(backup_ref.id), backup);
    TableCopies::ask(tx, number,
                     {.account = ref.account,
                      .region = ref.region,
                      .source_number = source.number,
                      .source_table = ref.name,
                      .target_backup = backup_ref.id});
    TRY(const Counts counts, co_await counts_of(tx, source.number));
    auto details = details_of(backup_ref, backup);
    details.backup_size_bytes = counts.bytes;
    co_return shapes::CreateBackupOutput{.backup_details = std::move(details)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<shapes::DescribeBackupOutput> Backups::describe(const wire::Call& call,
                                                      shapes::DescribeBackupInput input) {
  TRY(const BackupRef ref, BackupRef::parse(input.backup_arn));
  auto body = [&](store::Transaction& tx) -> Async<shapes::DescribeBackupOutput> {
    TRY(const BackupRecord backup, co_await require(tx, call, ref));
    co_return shapes::DescribeBackupOutput{.backup_description = describe_backup(ref, backup)};
  };
  co_return co_await parts_.store.read(body);
}

Async<shapes::ListBackupsOutput> Backups::list(const wire::Call& call, shapes::ListBackupsInput input) {
  const auto limit = static_cast<size_t>(input.limit.value_or(kPageMax));
  std::optional<std::string> table_name;
  if (input.table_name) {
    TRY(const TableRef ref, TableRef::parse(call, *input.table_name));
    table_name = ref.name;
  }
  std::string first_after;
  if (input.exclusive_start_backup_arn) {
    TRY(const BackupRef start, BackupRef::parse(*input.exclusive_start_backup_arn));
    first_after = store::Key(start.id).bytes();
  }
  const std::string type = input.backup_type.value_or("ALL");
  auto body = [&](store::Transaction& tx) -> Async<shapes::ListBackupsOutput> {
    shapes::ListBackupsOutput output;
    output.backup_summaries.emplace();
    // Others than users make none here.
    if (type != "ALL" && type != "USER") co_return output;
    std::string after = first_after;
    for (;;) {
      TRY(const auto listing, co_await backups(tx, call.account, call.region).list({.after = after}));
      for (const auto& entry : listing.entries) {
        if (!is_listed(entry.record, input, table_name)) continue;
        if (output.backup_summaries->size() == limit) {
          output.last_evaluated_backup_arn = output.backup_summaries->back().backup_arn;
          co_return output;
        }
        TRY(auto id, store::parse_key<std::string>(entry.key));
        const BackupRef ref{
            .table = {.account = call.account, .region = call.region, .name = entry.record.table_name},
            .id = std::get<0>(std::move(id))};
        output.backup_summaries->push_back(summary_of(ref, entry.record));
      }
      if (listing.next.empty()) co_return output;
      after = listing.next;
    }
  };
  co_return co_await parts_.store.read(body);
}

Async<shapes::DeleteBackupOutput> Backups::remove(const wire::Call& call, shapes::DeleteBackupInput input) {
  TRY(const BackupRef ref, BackupRef::parse(input.backup_arn));
  auto body = [&](store::Transaction& tx) -> Async<shapes::DeleteBackupOutput> {
    TRY(const BackupRecord backup, co_await require(tx, call, ref));
    TRY(const bool in_use, co_await TableCopies::in_use(tx, backup.number));
    if (!backup.available || in_use) {
      co_return Error{.code = "BackupInUseException", .message = "Backup is being used: " + ref.arn()};
    }
    backups(tx, ref.table.account, ref.table.region).erase(store::Key(ref.id));
    erase_items(tx, backup.number);
    auto told = describe_backup(ref, backup);
    told.backup_details->backup_status = "DELETED";
    co_return shapes::DeleteBackupOutput{.backup_description = std::move(told)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<shapes::RestoreTableFromBackupOutput> Backups::restore(const wire::Call& call,
                                                             shapes::RestoreTableFromBackupInput input) {
  if (input.vector_index_override)
    co_return errors::not_implemented("RestoreTableFromBackup with VectorIndexOverride");
  TRY(const TableRef ref, TableRef::parse(call, input.target_table_name));
  TRY_VOID(co_await authorize_target(parts_, call, "dynamodb:RestoreTableFromBackup", ref));
  TRY(const BackupRef backup_ref, BackupRef::parse(input.backup_arn));
  auto body = [&](store::Transaction& tx) -> Async<shapes::RestoreTableFromBackupOutput> {
    TRY(const BackupRecord backup, co_await require(tx, call, backup_ref));
    if (!backup.available) {
      co_return Error{.code = "BackupInUseException", .message = "Backup is being used: " + backup_ref.arn()};
    }
    TRY_VOID(co_await check_absent(tx, parts_.catalog, ref));
    Table table{.ref = ref, .record = {}};
    TRY(table.record, restored_record(parts_, ref, backup.table, Overrides::of(input)));
    table.record.restored = {
        .table_arn = backup_ref.table.arn(), .backup_arn = backup_ref.arn(), .as_of_ms = backup.created_ms};
    tx.put(ref.key().bytes(), store::encode(table.record));
    TableCopies::ask(tx, table.record.number,
                     {.account = ref.account,
                      .region = ref.region,
                      .source_number = backup.number,
                      .target_table = ref.name});
    co_return shapes::RestoreTableFromBackupOutput{.table_description = describe_new(table)};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
