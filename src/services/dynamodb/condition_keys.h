// Condition keys of policies whose values are in a request on items: dynamodb:LeadingKeys, Attributes,
// Select, ReturnValues, ReturnConsumedCapacity, FullTableScan.
#pragma once
#include "base/json.h"
#include "services/dynamodb/item/key_schema.h"
#include "wire/auth.h"

namespace hearth::services::dynamodb {

// Adds what the request asks of the permission's resource, and by the permission's action. `input` is that of
// an operation, with what is opaque as text; or {"Statement", "Parameters"} of PartiQL. `keys` are the
// table's or the index's, none where there is no such table. What cannot be read gives no values: the request
// is refused for it by itself.
void add_item_keys(const json::object& input, const KeySchema& keys, wire::Permission& permission);

}  // namespace hearth::services::dynamodb
