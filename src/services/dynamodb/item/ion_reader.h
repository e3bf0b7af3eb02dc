// Items out of the text form of Amazon Ion, as exports write them (ion_text.h) and as people do: $ion_1_0
// {Item:{year:2015.,tags:$dynamodb_SS::["a","b"]}}. Integers, decimals and floats are numbers, every null is
// one. What no attribute can hold is refused: timestamps, symbols, clobs, expressions in parentheses.
#pragma once
#include <string_view>

#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

// What stands under "Item" in the one struct of the text. "ValidationException".
Result<Item> read_ion_item(std::string_view text);

}  // namespace hearth::services::dynamodb
