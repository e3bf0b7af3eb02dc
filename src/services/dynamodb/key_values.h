// Keys of tables and indexes: taken out of items and requests, and checked.
#pragma once
#include <optional>

#include "services/dynamodb/catalog.h"
#include "services/dynamodb/item_keys.h"

namespace hearth::services::dynamodb {

struct KeyBounds;

// How an attribute of an index key came to be: texts differ.
enum class WriteForm { kPut, kUpdate };

// "ValidationException" when the item lacks a key attribute of the table, one has a type or a value that no
// key has, or a name is too short or too long; of indexes when an attribute has. An item need not have what
// an index is keyed by.
Result<KeyValues> key_of_item(const Table& table, const Item& item);
Status check_index_keys(const Table& table, const Item& item, WriteForm form);
// Nothing when the item is not in that index. REQUIRES an item whose index keys were checked.
std::optional<KeyValues> index_key_of(const IndexRecord& index, const Item& item);

// The key that a request gives: exactly the table's key attributes. "ValidationException" otherwise.
Result<KeyValues> key_of_request(const Table& table, const Item& key);
// The same for what a page begins behind; of an index its keys and the table's.
struct StartKey {
  KeyValues table;
  std::optional<KeyValues> index;
};
Result<StartKey> start_key_of(const Table& table, const IndexRecord* index, const Item& key);

// "ValidationException" when no item has a key like that.
Status check_bounds(const KeySchema& keys, const KeyBounds& bounds);

// The attributes of the table's key, and of the index's if there is one, out of an item.
Item key_attributes(const Table& table, const IndexRecord* index, const Item& item);

// Whether the attribute is part of the table's key.
bool is_key(const KeySchema& keys, std::string_view name);

}  // namespace hearth::services::dynamodb
