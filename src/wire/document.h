// Between documents and generated structs, guided by a shape's table. The document is expected to have been
// decoded by a codec or checked by validate(): a value of the wrong JSON type is a "SerializationException".
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "io/body.h"
#include "wire/shape.h"

namespace hearth::wire {

// An input or output on its way between a codec and a struct. Members that are the whole body as bytes
// (Shape::payload of kind blob) travel beside the document, so that they are not copied into it.
struct Message {
  json::object document;
  std::optional<std::string> payload;  // a blob payload
  io::Body stream;                     // a streaming payload
};

// `target` is a default-made struct of `shape`. Members the document lacks stay as they are.
Status read_struct(const Shape& shape, Message message, void* target);
// Takes the payload out of the struct; leaves the rest alone.
Message write_struct(const Shape& shape, void* source);

template <typename Struct>
Result<Struct> from_document(Message message) {
  Struct result{};
  TRY_SYNC_VOID(read_struct(Struct::shape(), std::move(message), &result));
  return result;
}
template <typename Struct>
Message to_document(Struct value) {
  return write_struct(Struct::shape(), &value);
}

// Fills members that are absent with their defaults (Member::default_json).
void fill_defaults(const Shape& shape, json::object& document);

// Timestamps in documents: a whole number of seconds as an integer, others as a double.
json::value document_time(TimePoint time);
std::optional<TimePoint> document_time(const json::value& value);

}  // namespace hearth::wire
