#include "services/dynamodb/item_action.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/scalar_keys.h"

namespace hearth::services::dynamodb {
namespace {

Status check_condition(const ItemAction& action, const std::optional<ItemRecord>& old,
                       const std::optional<Item>& old_item) {
  if (!action.condition) return {};
  const Item none;
  if (action.condition->holds(old_item ? *old_item : none)) return {};
  Error error = errors::condition_failed();
  if (action.tell_item_on_failure && old) error.extra.emplace_back("Item", old->json);
  return fail(std::move(error));
}

Result<std::optional<Item>> updated(const Table& table, const ItemAction& action,
                                    const std::optional<Item>& old) {
  // Without an item the key alone is what there is to begin with.
  Item item = old ? *old : action.item;
  if (action.update) {
    if (!old && !action.update->creates_item()) {
      TRY_SYNC_VOID(action.update->apply(item, false));
      return std::optional<Item>();
    }
    TRY_SYNC_VOID(action.update->apply(item, old.has_value()));
  }
  TRY_SYNC_VOID(check_index_keys(table, item, WriteForm::kUpdate));
  return std::optional<Item>(std::move(item));
}

}  // namespace

Result<KeyValues> key_of(const Table& table, const ItemAction& action) {
  if (action.condition) TRY_SYNC_VOID(check_scalars(table, action.condition->names()));
  if (action.kind == ItemAction::Kind::kPut) {
    TRY_SYNC(KeyValues key, key_of_item(table, action.item));
    TRY_SYNC_VOID(check_index_keys(table, action.item, WriteForm::kPut));
    return key;
  }
  TRY_SYNC(KeyValues key, key_of_request(table, action.item));
  if (!action.update) return key;
  for (const auto& [name, nested] : action.update->written_names()) {
    if (!is_key(table.keys(), name)) continue;
    return fail(
        errors::invalid_values("Cannot update attribute " + name + ". This attribute is part of the key"));
  }
  TRY_SYNC_VOID(check_scalars(table, action.update->names()));
  return key;
}

Result<Evaluated> evaluate(const Table& table, const ItemAction& action,
                           const std::optional<ItemRecord>& old) {
  if (action.must_be_new && old) {
    return fail(Error{.code = "DuplicateItemException", .message = "Duplicate primary key exists in table"});
  }
  if (action.must_exist && !old) return fail(errors::condition_failed());
  Evaluated result;
  const bool needed = action.condition || action.kind == ItemAction::Kind::kUpdate;
  if (old && needed) {
    TRY_SYNC(result.old, read_item(old->json));
  }
  TRY_SYNC_VOID(check_condition(action, old, result.old));
  if (action.kind == ItemAction::Kind::kPut) result.item = action.item;
  if (action.kind == ItemAction::Kind::kUpdate) {
    TRY_SYNC(result.item, updated(table, action, result.old));
  }
  return result;
}

Result<Units> carry_out(store::Transaction& tx, const Table& table, const ItemAction& action,
                        const KeyValues& key, const std::optional<ItemRecord>& old,
                        const Evaluated& evaluated, TimePoint now) {
  return write_item(
      tx, table,
      {.key = key,
       .old = old,
       .item = evaluated.item ? &*evaluated.item : nullptr,
       .now = now,
       .form = action.kind == ItemAction::Kind::kUpdate ? WriteForm::kUpdate : WriteForm::kPut});
}

Async<ActionOutcome> act(store::Transaction& tx, Bill& bill, const Table& table, const ItemAction& action,
                         TimePoint now) {
  TRY(const KeyValues key, key_of(table, action));
  TRY_VOID(bill.admit(table, kSomeUnits));
  ActionOutcome outcome;
  TRY(outcome.old, co_await read_item_record(tx, item_key(table.record.number, key)));
  auto evaluated = evaluate(table, action, outcome.old);
  if (!evaluated) {
    if (evaluated.error().code == "ConditionalCheckFailedException") {
      bill.charge(table, {.table = write_units(outcome.old ? outcome.old->size_bytes : 0)});
      bill.keep();
    }
    co_return std::unexpected(std::move(evaluated).error());
  }
  outcome.evaluated = *std::move(evaluated);
  TRY(outcome.units, carry_out(tx, table, action, key, outcome.old, outcome.evaluated, now));
  // Which indexes it is for is known only now.
  TRY_VOID(bill.admit(table, {.indexes = outcome.units.indexes}));
  bill.charge(table, outcome.units);
  co_return outcome;
}

}  // namespace hearth::services::dynamodb
