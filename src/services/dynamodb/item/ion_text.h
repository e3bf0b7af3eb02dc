// Items in the text form of Amazon Ion: {year:2015.,tags:$dynamodb_SS::["a","b"]}. Numbers are decimals,
// binaries blobs, sets lists with an annotation that says of what.
#pragma once
#include <string>

#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

void write_ion(const Item& item, std::string& text);

}  // namespace hearth::services::dynamodb
