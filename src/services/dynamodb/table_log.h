// The log of a table's changes: each with the item before and after it, in the order of the commits. It is
// kept while the table can be restored to points in time, and while it is copied; from it follows what the
// table was at any moment since. Who changes a table's record makes all who write to the table begin again,
// so a log that a commit begins misses nothing that is written after it.
#pragma once
#include "services/dynamodb/records.h"
#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {

store::Key log_prefix(uint64_t number);

// Changes carry the time at which their request was looked at, and may be committed a little later:
// transactions have five seconds.
inline constexpr int64_t kLateMs = 10'000;

// A copy begins, and ends. `number` is one that was never given, used when there is no log yet.
void hold_log(TableLog& log, uint64_t number);
void release_log(TableLog& log);

// Writes a table's record whose log may have become one that is kept, or is kept no more.
void put_with_log(store::Transaction& tx, const TableRef& ref, TableRecord record);
// Of a table that goes.
void erase_log(store::Transaction& tx, const TableRef& ref, const TableRecord& record);

}  // namespace hearth::services::dynamodb
