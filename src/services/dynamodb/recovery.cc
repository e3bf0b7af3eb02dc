#include "services/dynamodb/recovery.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/numbers.h"
#include "services/dynamodb/recovery_window.h"
#include "services/dynamodb/restoring.h"
#include "services/dynamodb/table_copies.h"
#include "services/dynamodb/table_description.h"
#include "services/dynamodb/table_log.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;
namespace shapes = api::dynamodb;

constexpr int32_t kDaysUsual = 35;

shapes::ContinuousBackupsDescription describe_backups(const TableLog& log, int64_t now) {
  shapes::PointInTimeRecoveryDescription recovery{.point_in_time_recovery_status = "DISABLED"};
  if (log.recovery) {
    recovery = {.point_in_time_recovery_status = "ENABLED",
                .recovery_period_in_days = static_cast<int32_t>(log.recovery_days),
                .earliest_restorable_date_time = from_epoch_ms(earliest_recovery_ms(log, now)),
                .latest_restorable_date_time = from_epoch_ms(now)};
  }
  return {.continuous_backups_status = "ENABLED", .point_in_time_recovery_description = std::move(recovery)};
}

Async<TablePtr> require(store::Transaction& tx, const Catalog& catalog, TableRef ref) {
  TRY(auto table, co_await catalog.find(tx, ref));
  if (!table) co_return errors::table_not_found(ref.name);
  co_return table;
}

Result<TableRef> source_of(const wire::Call& call, const shapes::RestoreTableToPointInTimeInput& input) {
  if (!input.source_table_arn && !input.source_table_name) {
    return fail(errors::validation("SourceTableArn or SourceTableName must be specified"));
  }
  TRY_SYNC(TableRef ref, TableRef::parse(call, input.source_table_arn ? *input.source_table_arn
                                                                      : *input.source_table_name));
  if (ref.account != call.account || ref.region != call.region)
    return fail(errors::table_not_found(ref.name));
  return ref;
}

// The moment that is asked for; nothing: the latest.
Result<std::optional<int64_t>> moment_of(const shapes::RestoreTableToPointInTimeInput& input,
                                         const TableLog& log, int64_t now) {
  const bool latest = input.use_latest_restorable_time.value_or(false);
  if (latest == input.restore_date_time.has_value()) {
    return fail(
        errors::validation("Exactly one of UseLatestRestorableTime and RestoreDateTime must be specified"));
  }
  if (latest) return std::optional<int64_t>();
  int64_t moment = epoch_ms(*input.restore_date_time);
  if (!place_in_window(log, now, moment)) {
    return fail(Error{.code = "InvalidRestoreTimeException",
                      .message = "An invalid restore time was specified. RestoreDateTime must be between "
                                 "EarliestRestorableDateTime and LatestRestorableDateTime."});
  }
  return moment;
}

}  // namespace

void Recovery::mount(wire::Router& router) {
  router.on<ops::UpdateContinuousBackups>(*this, &Recovery::update);
  router.on<ops::DescribeContinuousBackups>(*this, &Recovery::describe);
  router.on<ops::RestoreTableToPointInTime>(*this, &Recovery::restore);
}

Async<shapes::UpdateContinuousBackupsOutput> Recovery::update(const wire::Call& call,
                                                              shapes::UpdateContinuousBackupsInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  const auto& asked = input.point_in_time_recovery_specification;
  const int64_t now = now_ms(parts_.clock);
  const uint64_t number = new_number(parts_.random);
  auto body = [&](store::Transaction& tx) -> Async<shapes::UpdateContinuousBackupsOutput> {
    TRY(const auto table, co_await require(tx, parts_.catalog, ref));
    TableRecord record = table->record;
    TableLog& log = record.log;
    if (asked.point_in_time_recovery_enabled) {
      if (log.number == 0) log.number = number;
      if (!log.recovery) log.recovery_since_ms = now;
      log.recovery_days =
          asked.recovery_period_in_days.value_or(log.recovery ? log.recovery_days : kDaysUsual);
    }
    log.recovery = asked.point_in_time_recovery_enabled;
    put_with_log(tx, ref, record);
    co_return shapes::UpdateContinuousBackupsOutput{.continuous_backups_description =
                                                        describe_backups(log, now)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<shapes::DescribeContinuousBackupsOutput> Recovery::describe(
    const wire::Call& call, shapes::DescribeContinuousBackupsInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  auto body = [&](store::Transaction& tx) -> Async<shapes::DescribeContinuousBackupsOutput> {
    TRY(const auto table, co_await require(tx, parts_.catalog, ref));
    co_return shapes::DescribeContinuousBackupsOutput{
        .continuous_backups_description = describe_backups(table->record.log, now_ms(parts_.clock))};
  };
  co_return co_await parts_.store.read(body);
}

Async<shapes::RestoreTableToPointInTimeOutput> Recovery::restore(
    const wire::Call& call, shapes::RestoreTableToPointInTimeInput input) {
  if (input.vector_index_override) {
    co_return errors::not_implemented("RestoreTableToPointInTime with VectorIndexOverride");
  }
  TRY(const TableRef ref, TableRef::parse(call, input.target_table_name));
  TRY_VOID(co_await authorize_target(parts_, call, "dynamodb:RestoreTableToPointInTime", ref));
  TRY(const TableRef source_ref, source_of(call, input));
  const int64_t now = now_ms(parts_.clock);
  auto body = [&](store::Transaction& tx) -> Async<shapes::RestoreTableToPointInTimeOutput> {
    TRY(const auto source, co_await require(tx, parts_.catalog, source_ref));
    if (!source->record.log.recovery) co_return errors::no_recovery(source_ref.name);
    TRY(const auto moment, moment_of(input, source->record.log, now));
    TRY_VOID(co_await check_absent(tx, parts_.catalog, ref));
    Table table{.ref = ref, .record = {}};
    TRY(table.record, restored_record(parts_, ref, source->record, Overrides::of(input)));
    table.record.restored = {.table_arn = source_ref.arn(), .as_of_ms = moment.value_or(now)};
    tx.put(ref.key().bytes(), store::encode(table.record));
    TableRecord held = source->record;
    hold_log(held.log, held.log.number);
    put_with_log(tx, source_ref, std::move(held));
    TableCopies::ask(tx, table.record.number,
                     {.account = ref.account,
                      .region = ref.region,
                      .source_number = source->record.number,
                      .source_table = source_ref.name,
                      .as_of_ms = moment.value_or(0),
                      .target_table = ref.name});
    co_return shapes::RestoreTableToPointInTimeOutput{.table_description = describe_new(table)};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
