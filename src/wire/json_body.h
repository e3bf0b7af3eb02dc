// Documents as JSON bodies: wire names, base64 blobs, timestamps in their format.
#pragma once
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "wire/shape.h"

namespace hearth::wire {

// Whether blobs stand in a body as base64 text (JSON) or as they are (formats that have bytes).
enum class BlobForm { kBase64, kRaw };

struct JsonReading {
  BlobForm blobs = BlobForm::kBase64;
  // Where the service's structures are at home, of services with an older reader, which has words of its own.
  std::string_view java_package;
  bool element = false;  // a value of a list or a map, as against a member
};

// The document in `body`, which is taken apart. Unknown members and nulls are dropped (nulls stay in sparse
// containers); of a structure only members of location body are read. "SerializationException" with the text
// of the real services when a type does not fit.
Result<json::value> document_from_json(const Shape& shape, json::value body, JsonReading reading = {});
// Appends the body's text; of a structure only members of location body.
void write_json(const Shape& shape, const json::value& document, std::string& text);
// The members alone, without braces; nothing when there are none.
void write_members(const Shape& shape, const json::object& document, std::string& text);

}  // namespace hearth::wire
