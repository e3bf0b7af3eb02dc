// Items in the store: one is read by its key, and written together with everything that follows from it: the
// entries of indexes, the record in the table's stream, and the counts. All writers of items pass here.
#pragma once
#include <optional>

#include "base/clock.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/key_values.h"

namespace hearth::services::dynamodb {

// Nothing when there is no such item. "ValidationException" never.
Async<std::optional<ItemRecord>> read_item_record(store::Transaction& tx, store::Key key);

// One item that takes the place of another, or of none, or leaves.
struct ItemWrite {
  const KeyValues& key;
  const std::optional<ItemRecord>& old;  // as it was read in the same transaction
  const Item* item = nullptr;            // null: it leaves
  TimePoint now;
  WriteForm form = WriteForm::kPut;
  bool expired = false;  // by its time to live
};

// Returns what it costs. REQUIRES an item whose keys were checked; "ValidationException" when it is too
// large.
Result<Units> write_item(store::Transaction& tx, const Table& table, const ItemWrite& write);

// The entry of an item in an index, for whoever fills the index; nothing when it is not in it.
struct IndexEntry {
  store::Key key;
  ItemRecord record;
};
std::optional<IndexEntry> index_entry(const Table& table, const IndexRecord& index, const KeyValues& key,
                                      const Item& item);
// Puts an entry where none was, and counts it.
void put_entry(store::Transaction& tx, const IndexRecord& index, const IndexEntry& entry);

Async<Counts> counts_of(store::Transaction& tx, uint64_t number);
// Everything of a table or index that is gone.
void erase_items(store::Transaction& tx, uint64_t number);

}  // namespace hearth::services::dynamodb
