// One thing that is done to one item: put, update, delete, or only check. What is wrong with it alone is
// found when it is made from a request, before there is a table; what is wrong with it for a table when its
// key is taken; and what the item that is there does not allow when it is evaluated. Calls on single items
// and transactions are made of these.
#pragma once
#include <optional>

#include "services/dynamodb/expression/condition.h"
#include "services/dynamodb/expression/update.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/throughput.h"

namespace hearth::services::dynamodb {

struct ItemAction {
  enum class Kind : uint8_t { kPut, kUpdate, kDelete, kCheck };

  Kind kind = Kind::kPut;
  TableRef table = {};
  Item item = {};  // of a put; else the key
  std::optional<Condition> condition = {};
  std::optional<Update> update = {};  // of kUpdate; without one only the key is written
  bool tell_item_on_failure = false;
  // Of statements: an INSERT adds an item, an UPDATE changes one that is there.
  bool must_be_new = false;
  bool must_exist = false;
};

// What becomes of the item that was there.
struct Evaluated {
  std::optional<Item> old;   // read where it was needed
  std::optional<Item> item;  // nothing: there is none afterwards
};

// "ValidationException" when the table has no such keys.
Result<KeyValues> key_of(const Table& table, const ItemAction& action);
// "ConditionalCheckFailedException", "DuplicateItemException", "ValidationException".
Result<Evaluated> evaluate(const Table& table, const ItemAction& action,
                           const std::optional<ItemRecord>& old);

// Reads, evaluates and writes, as far as the throughput admits it. What a condition keeps from being written
// is charged, too.
struct ActionOutcome {
  std::optional<ItemRecord> old;
  Evaluated evaluated;
  Units units;
};
Async<ActionOutcome> act(store::Transaction& tx, Bill& bill, const Table& table, const ItemAction& action,
                         TimePoint now);

// Writes what was evaluated. REQUIRES an action that is no check.
Result<Units> carry_out(store::Transaction& tx, const Table& table, const ItemAction& action,
                        const KeyValues& key, const std::optional<ItemRecord>& old,
                        const Evaluated& evaluated, TimePoint now);

}  // namespace hearth::services::dynamodb
