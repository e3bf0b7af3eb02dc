// A table's stream begins and ends.
#pragma once
#include "services/dynamodb/catalog.h"

namespace hearth::services::dynamodb {

// Under what the streams of a region are kept.
store::Key streams_prefix(const std::string& account, const std::string& region);

// `number` is one that was never given. REQUIRES that none is enabled.
void start_stream(store::Transaction& tx, const TableRef& ref, TableRecord& table, std::string view,
                  uint64_t number, TimePoint now);
// What it has told stays readable for a day.
Async<void> end_stream(store::Transaction& tx, const TableRef& ref, TableRecord& table, TimePoint now);

}  // namespace hearth::services::dynamodb
