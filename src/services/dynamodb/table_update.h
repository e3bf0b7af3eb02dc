// UpdateTable: what may be changed of a table that is there.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/catalog.h"

namespace hearth::services::dynamodb {

// What is refused before the table is looked at.
Status check_update(const api::dynamodb::UpdateTableInput& input);

// Changes `table`. A new index or stream has `number`.
Async<void> apply_update(store::Transaction& tx, const api::dynamodb::UpdateTableInput& input,
                         uint64_t number, TimePoint now, Table& table);

}  // namespace hearth::services::dynamodb
