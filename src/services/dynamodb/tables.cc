#include "services/dynamodb/tables.h"

#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/numbers.h"
#include "services/dynamodb/table_definition.h"
#include "services/dynamodb/table_description.h"
#include "services/dynamodb/table_encryption.h"
#include "services/dynamodb/table_log.h"
#include "services/dynamodb/table_policy.h"
#include "services/dynamodb/table_streams.h"
#include "services/dynamodb/table_update.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;

constexpr int64_t kEndpointMinutes = 1440;
constexpr int64_t kCapacityUnitsMax = 80'000;
constexpr int64_t kTableUnitsMax = 40'000;

// What a new table may ask for that is not done here.
Status check_supported(const api::dynamodb::CreateTableInput& input) {
  if (input.vector_indexes) return fail(errors::not_implemented("CreateTable with VectorIndexes"));
  if (input.global_table_settings_replication_mode) {
    return fail(errors::not_implemented("CreateTable with GlobalTableSettingsReplicationMode"));
  }
  if (input.global_table_source_arn)
    return fail(errors::not_implemented("CreateTable with GlobalTableSourceArn"));
  return {};
}

// A table that is being copied, or filled with a copy, waits for that.
Status check_at_rest(const Table& table) {
  const std::string in_use = "Attempt to change a resource which is still in use: ";
  if (table.record.status == TableStatus::kCreating) {
    return fail(errors::in_use(in_use + "Table is being created: " + table.ref.name));
  }
  if (table.record.log.copies != 0) {
    return fail(errors::in_use(in_use + "Table is being backed up or restored: " + table.ref.name));
  }
  return {};
}

}  // namespace

void Tables::mount(wire::Router& router) {
  router.on<ops::CreateTable>(*this, &Tables::create);
  router.on<ops::DescribeTable>(*this, &Tables::describe);
  router.on<ops::ListTables>(*this, &Tables::list);
  router.on<ops::DeleteTable>(*this, &Tables::remove);
  router.on<ops::UpdateTable>(*this, &Tables::update);
  router.on<ops::DescribeLimits>(*this, &Tables::limits);
  router.on<ops::DescribeEndpoints>(*this, &Tables::endpoints);
}

Async<api::dynamodb::CreateTableOutput> Tables::create(const wire::Call& call,
                                                       api::dynamodb::CreateTableInput input) {
  TRY_VOID(check_supported(input));
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  TRY(TableRecord defined, define_table(input));
  const TimePoint now = parts_.clock.now();
  defined.id = parts_.random.uuid();
  defined.number = new_number(parts_.random);
  for (IndexRecord& index : defined.indexes) index.number = new_number(parts_.random);
  defined.created_ms = now_ms(parts_.clock);
  if (defined.on_demand) defined.on_demand_since_ms = defined.created_ms;
  if (input.resource_policy) {
    TRY_VOID(set_policy(defined, *input.resource_policy, std::to_string(defined.created_ms)));
  }
  if (input.sse_specification) defined.kms_key_arn = kms_key_of(ref, *input.sse_specification);
  const bool streamed = input.stream_specification && input.stream_specification->stream_enabled;
  if (streamed && !input.stream_specification->stream_view_type) {
    co_return errors::invalid_values("StreamViewType must be specified when StreamEnabled is true");
  }
  const uint64_t stream_number = new_number(parts_.random);

  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::CreateTableOutput> {
    TRY(const auto existing, co_await parts_.catalog.find(tx, ref));
    if (existing) co_return errors::in_use("Table already exists: " + ref.name);
    Table table{.ref = ref, .record = defined};
    if (streamed) {
      start_stream(tx, ref, table.record, *input.stream_specification->stream_view_type, stream_number, now);
    }
    tx.put(ref.key().bytes(), store::encode(table.record));
    co_return api::dynamodb::CreateTableOutput{.table_description = describe_new(table)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::dynamodb::DescribeTableOutput> Tables::describe(const wire::Call& call,
                                                           api::dynamodb::DescribeTableInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::DescribeTableOutput> {
    TRY(const auto table, co_await parts_.catalog.require_by_name(tx, ref));
    TRY(const auto counts, co_await table_counts(tx, table));
    co_return api::dynamodb::DescribeTableOutput{.table = dynamodb::describe(*table, counts)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::ListTablesOutput> Tables::list(const wire::Call& call,
                                                    api::dynamodb::ListTablesInput input) {
  const auto limit = static_cast<size_t>(input.limit.value_or(limits::kTablesPageMax));
  const store::Key prefix("dynamodb", call.account, call.region, "table");
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::ListTablesOutput> {
    store::KeyRange range = prefix.under();
    if (input.exclusive_start_table_name) {
      range.begin = store::key_after((prefix + store::Key(*input.exclusive_start_table_name)).bytes());
    }
    TRY(const store::Page page, co_await tx.scan({.range = std::move(range), .rows_max = limit}));
    api::dynamodb::ListTablesOutput output;
    output.table_names.emplace();
    for (const store::Row& row : page.rows) {
      TRY(auto name, store::parse_key<std::string>(std::string_view(row.key).substr(prefix.bytes().size())));
      output.table_names->push_back(std::get<0>(std::move(name)));
    }
    if (page.more) output.last_evaluated_table_name = output.table_names->back();
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::DeleteTableOutput> Tables::remove(const wire::Call& call,
                                                       api::dynamodb::DeleteTableInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  const TimePoint now = parts_.clock.now();
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::DeleteTableOutput> {
    TRY(const auto table, co_await parts_.catalog.require_by_name(tx, ref));
    if (table->record.is_protected) {
      co_return errors::validation("1 validation error detected: Table '" + ref.name +
                                   "' can't be deleted while DeletionProtectionEnabled is set to True");
    }
    TRY_VOID(check_at_rest(*table));
    if (contains(table->record.indexes, IndexStatus::kCreating, &IndexRecord::status)) {
      co_return errors::in_use(
          "Attempt to change a resource which is still in use: Table is being updated: " + ref.name);
    }
    TRY(const auto counts, co_await table_counts(tx, table));
    TableRecord gone = table->record;
    if (gone.stream.enabled) {
      TRY_VOID(co_await end_stream(tx, ref, gone, now));
    }
    erase_log(tx, ref, gone);
    tx.erase(ref.key().bytes());
    erase_items(tx, gone.number);
    for (const IndexRecord& index : gone.indexes) erase_items(tx, index.number);
    co_return api::dynamodb::DeleteTableOutput{.table_description = describe_gone(*table, counts)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::dynamodb::UpdateTableOutput> Tables::update(const wire::Call& call,
                                                       api::dynamodb::UpdateTableInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  TRY_VOID(check_update(input));
  const TimePoint now = parts_.clock.now();
  const uint64_t number = new_number(parts_.random);
  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::UpdateTableOutput> {
    TRY(const auto table, co_await parts_.catalog.require_by_name(tx, ref));
    TRY_VOID(check_at_rest(*table));
    Table changed = *table;
    TRY_VOID(co_await apply_update(tx, input, number, now, changed));
    tx.put(ref.key().bytes(), store::encode(changed.record));
    TRY(const auto counts, co_await table_counts(tx, table));
    co_return api::dynamodb::UpdateTableOutput{.table_description =
                                                   describe_changed(*table, changed, counts)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::dynamodb::DescribeLimitsOutput> Tables::limits(const wire::Call&,
                                                          api::dynamodb::DescribeLimitsInput) {
  co_return api::dynamodb::DescribeLimitsOutput{.account_max_read_capacity_units = kCapacityUnitsMax,
                                                .account_max_write_capacity_units = kCapacityUnitsMax,
                                                .table_max_read_capacity_units = kTableUnitsMax,
                                                .table_max_write_capacity_units = kTableUnitsMax};
}

Async<api::dynamodb::DescribeEndpointsResponse> Tables::endpoints(const wire::Call& call,
                                                                  api::dynamodb::DescribeEndpointsRequest) {
  // Where the caller has reached this server already.
  std::string address = "dynamodb." + call.region + ".amazonaws.com";
  if (call.request) address = std::string(call.request->headers.get("host"));
  co_return api::dynamodb::DescribeEndpointsResponse{
      .endpoints = {{.address = std::move(address), .cache_period_in_minutes = kEndpointMinutes}}};
}

}  // namespace hearth::services::dynamodb
