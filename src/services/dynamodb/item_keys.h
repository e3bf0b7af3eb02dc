// Where items lie in the store.
//
//   ("dynamodb.items", number, hash prefix, hash key, range key)                     an item of a table
//   ("dynamodb.items", number, hash prefix, hash key, range keys…, item's own key)   an entry of an index
//
// The hash prefix is the first three bytes of the hash by which the service itself orders partition keys, so
// scans and their segments come in its order. Range keys are encoded so that their bytes order as their
// values do. A hash key that is long, and the item's own key in an index, stand there by their SHA-256: their
// order means nothing.
#pragma once
#include <string>
#include <vector>

#include "services/dynamodb/records.h"
#include "store/tuple.h"

namespace hearth::services::dynamodb {

// Everything in a table, or in an index.
store::Key items_prefix(uint64_t number);

// The values of key attributes, in the order of their schema.
struct KeyValues {
  std::vector<Value> hash;
  std::vector<Value> range;
};

// Where all items lie that have this partition key.
store::Key partition_key(uint64_t number, const std::vector<Value>& hash);
// What follows it for a value of a range key.
store::Key range_part(const Value& value);

// REQUIRES values of all attributes of the table's, or the index's, schema.
store::Key item_key(uint64_t table_number, const KeyValues& key);
store::Key entry_key(const IndexRecord& index, const KeyValues& index_key, const KeyValues& item_key);

// The part of a table or index that segment `segment` of `segments` scans.
store::KeyRange segment_range(uint64_t number, int64_t segment, int64_t segments);

}  // namespace hearth::services::dynamodb
