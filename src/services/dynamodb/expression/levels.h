// How deep lists and maps may stand in each other. Values that come in a request are checked where they are
// read; what is put together from several of them is checked with this.
#pragma once
#include "base/result.h"
#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

// "ValidationException": too many lists and maps stand in each other, with `around` of them around the value.
Status check_levels(const Value& value, size_t around = 0);

}  // namespace hearth::services::dynamodb
