// The part of a table or an index that a Query reads, as a range of the store's keys.
#pragma once
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/item_keys.h"

namespace hearth::services::dynamodb {

// Of the table or index of that number. Empty where the bounds exclude each other.
store::KeyRange query_range(uint64_t number, const KeyBounds& bounds);

}  // namespace hearth::services::dynamodb
