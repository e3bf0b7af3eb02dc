// A value as messages show it: `{N:5}`, `{SS:[a, b]}`.
#pragma once
#include <string>

#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

std::string text_of(const Value& value);

}  // namespace hearth::services::dynamodb
