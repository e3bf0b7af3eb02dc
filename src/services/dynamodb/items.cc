#include "services/dynamodb/items.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/legacy_requests.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/scalar_keys.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;
using api::dynamodb::ItemCollectionMetrics;

// What PutItem, UpdateItem and DeleteItem say alike beside the item or key.
template <typename Input>
Result<ItemAction> read_action(const wire::Call& call, ItemAction::Kind kind, const Input& input,
                               const std::string& item_json) {
  ItemAction action{.kind = kind};
  TRY_SYNC(action.table, TableRef::parse(call, input.table_name));
  TRY_SYNC(action.item, read_item(item_json));
  TRY_SYNC(const auto placeholders,
           read_placeholders(input.expression_attribute_names, input.expression_attribute_values));
  const Parameter condition{.name = "ConditionExpression", .given = input.condition_expression.has_value()};
  const Parameter expected{.name = "Expected", .given = input.expected.has_value()};
  const Parameter joined{.name = "ConditionalOperator", .given = input.conditional_operator.has_value()};
  if constexpr (requires { input.update_expression; }) {
    const Parameter expressions[] = {
        {.name = "UpdateExpression", .given = input.update_expression.has_value()}, condition};
    const Parameter older[] = {
        {.name = "AttributeUpdates", .given = input.attribute_updates.has_value()}, expected, joined};
    TRY_SYNC_VOID(check_parameters(expressions, older, *placeholders));
    TRY_SYNC(action.update, read_update(input.update_expression, *placeholders));
    if (input.attribute_updates) {
      TRY_SYNC(const auto updates, read_updates(input.attribute_updates));
      TRY_SYNC(action.update, legacy::update(updates));
    }
  } else {
    const Parameter older[] = {expected, joined};
    TRY_SYNC_VOID(check_parameters({&condition, 1}, older, *placeholders));
  }
  TRY_SYNC(action.condition,
           read_condition(ExpressionKind::kCondition, input.condition_expression, *placeholders));
  if (!action.condition) {
    TRY_SYNC(const auto expectations, read_expected(input.expected));
    TRY_SYNC(action.condition, legacy::condition(expectations, input.conditional_operator));
  }
  TRY_SYNC_VOID(placeholders->check_all_used());
  action.tell_item_on_failure = input.return_values_on_condition_check_failure == "ALL_OLD";
  return action;
}

Status check_return_values(const std::optional<std::string>& asked) {
  if (!asked || *asked == "NONE" || *asked == "ALL_OLD") return {};
  return fail(errors::validation("ReturnValues can only be ALL_OLD or NONE"));
}

// The partition key of what was written, for tables that have local indexes.
template <typename Input>
std::optional<ItemCollectionMetrics> metrics_of(const Input& input, const Table& table, const Item& item) {
  if (!table.has_local_index()) return {};
  const std::string& name = table.keys().hash[0].name;
  Item key;
  key.set(name, *item.find(name));
  return collection_metrics<ItemCollectionMetrics>(input.return_item_collection_metrics, to_json(key));
}

// Images that would be empty are not told.
std::optional<std::string> part_of(const Update& update, const std::optional<Item>& item) {
  if (!item) return {};
  const Item part = update.named_part(*item);
  if (part.empty()) return {};
  return to_json(part);
}

std::optional<std::string> returned(const std::string& mode, const ItemAction& action,
                                    const ActionOutcome& outcome) {
  if (mode == "ALL_OLD" && outcome.old) return outcome.old->json;
  if (mode == "ALL_NEW" && outcome.evaluated.item) return to_json(*outcome.evaluated.item);
  if (!action.update) return {};
  if (mode == "UPDATED_OLD") return part_of(*action.update, outcome.evaluated.old);
  if (mode == "UPDATED_NEW") return part_of(*action.update, outcome.evaluated.item);
  return {};
}

// What is told of any of the three writes.
template <typename Output, typename Input>
Output told(const Input& input, const ItemAction& action, const Table& table, const ActionOutcome& outcome) {
  return {
      .attributes = returned(input.return_values.value_or(""), action, outcome),
      .consumed_capacity = consumed(input.return_consumed_capacity, table, input.table_name, outcome.units),
      .item_collection_metrics = metrics_of(input, table, action.item)};
}

}  // namespace

void Items::mount(wire::Router& router) {
  router.on<ops::GetItem>(*this, &Items::get);
  router.on<ops::PutItem>(*this, &Items::put);
  router.on<ops::UpdateItem>(*this, &Items::update);
  router.on<ops::DeleteItem>(*this, &Items::remove);
}

Async<Items::Written> Items::write(const ItemAction& action) {
  const TimePoint now = parts_.clock.now();
  Bill bill(parts_.throughput);
  auto body = [&](store::Transaction& tx) -> Async<Written> {
    Written written;
    bill.begin();
    TRY(written.table, co_await parts_.catalog.require(tx, action.table));
    TRY(written.outcome, co_await act(tx, bill, *written.table, action, now));
    co_return written;
  };
  auto written = told(co_await parts_.store.transact(body));
  if (written) bill.keep();
  co_return written;
}

Async<api::dynamodb::GetItemOutput> Items::get(const wire::Call& call, api::dynamodb::GetItemInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  TRY(const Item key_item, read_item(input.key));
  TRY(const auto placeholders, read_placeholders(input.expression_attribute_names, std::nullopt));
  TRY(const auto projection,
      read_projection(input.projection_expression, input.attributes_to_get, *placeholders));
  TRY_VOID(placeholders->check_all_used());

  auto body = [&](store::Transaction& tx) -> Async<api::dynamodb::GetItemOutput> {
    TRY(const auto table, co_await parts_.catalog.require(tx, ref));
    if (projection) TRY_VOID(check_scalars(*table, projection->names()));
    TRY(const KeyValues key, key_of_request(*table, key_item));
    TRY_VOID(parts_.throughput.admit(*table, Access::kRead, kSomeUnits));
    TRY(auto record, co_await read_item_record(tx, item_key(table->record.number, key)));
    const auto kind = input.consistent_read.value_or(false) ? ReadKind::kStrong : ReadKind::kEventual;
    const Units units{.table = read_units(record ? record->size_bytes : 0, kind)};
    parts_.throughput.charge(*table, Access::kRead, units);
    api::dynamodb::GetItemOutput output;
    output.consumed_capacity = consumed(input.return_consumed_capacity, *table, input.table_name, units);
    if (!record) co_return output;
    if (projection) {
      TRY(const Item item, read_item(record->json));
      output.item = to_json(projection->apply(item));
    } else {
      output.item = std::move(record->json);
    }
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::PutItemOutput> Items::put(const wire::Call& call, api::dynamodb::PutItemInput input) {
  TRY_VOID(check_return_values(input.return_values));
  TRY(const ItemAction action, read_action(call, ItemAction::Kind::kPut, input, input.item));
  TRY(const Written written, co_await write(action));
  co_return told<api::dynamodb::PutItemOutput>(input, action, *written.table, written.outcome);
}

Async<api::dynamodb::UpdateItemOutput> Items::update(const wire::Call& call,
                                                     api::dynamodb::UpdateItemInput input) {
  TRY(const ItemAction action, read_action(call, ItemAction::Kind::kUpdate, input, input.key));
  TRY(const Written written, co_await write(action));
  co_return told<api::dynamodb::UpdateItemOutput>(input, action, *written.table, written.outcome);
}

Async<api::dynamodb::DeleteItemOutput> Items::remove(const wire::Call& call,
                                                     api::dynamodb::DeleteItemInput input) {
  TRY_VOID(check_return_values(input.return_values));
  TRY(const ItemAction action, read_action(call, ItemAction::Kind::kDelete, input, input.key));
  TRY(const Written written, co_await write(action));
  co_return told<api::dynamodb::DeleteItemOutput>(input, action, *written.table, written.outcome);
}

}  // namespace hearth::services::dynamodb
