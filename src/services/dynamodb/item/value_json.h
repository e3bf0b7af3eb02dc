// Items and values as JSON, the way they go over the wire: {"year":{"N":"2015"},"title":{"S":"…"}}.
//
// Items are kept in the store as this text too: what most requests do with an item is to hand it out.
//
// Errors are those that callers see: "SerializationException" for what has the wrong form (a number where a
// string belongs, base64 that is none), "ValidationException" for what no value may be (two types at once, a
// set that is empty or has duplicates, a number out of range, a map in a map in a map… of more than 32
// levels).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/item/value.h"

namespace hearth::services::dynamodb {

Result<Value> read_value(std::string_view json);
Result<Item> read_item(std::string_view json);
// Of several values by name or in a row: as read_item, and as an array.
Result<List> read_list(std::string_view json);

void write(const Value& value, std::string& json);
void write(const Item& item, std::string& json);
std::string to_json(const Item& item);
std::string to_json(const Value& value);
// A string as JSON, with its quotes.
void write_string(std::string_view text, std::string& json);

}  // namespace hearth::services::dynamodb
