// When items expire: a row for each item that has a time to live, in the order of these times, written with
// the item.
#pragma once
#include <optional>

#include "base/clock.h"
#include "services/dynamodb/catalog.h"
#include "services/dynamodb/item_keys.h"

namespace hearth::services::dynamodb {

// Whole ones since 1970, in which times to live are written.
inline int64_t second_of(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

// The second at which an item of the table expires. Nothing when it does not: it has no such attribute, none
// that is a number, or one that lies more than five years back.
std::optional<int64_t> expiry_of(const TimeToLive& ttl, const Item& item, TimePoint now);

store::Key expiry_prefix();
store::Key expiry_key(int64_t second, uint64_t table_number, const store::Key& item_place);

// Replaces what was written for an item by what is to be.
void write_expiry(store::Transaction& tx, const Table& table, const store::Key& item_place, const Item* old,
                  const Item* item, TimePoint now);

}  // namespace hearth::services::dynamodb
