// CBOR (RFC 8949), as far as documents need it.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "wire/shape.h"

namespace hearth::wire {

// What the numbers behind tag 1 count since 1970. In documents it is seconds.
enum class CborTimes : uint8_t { kSeconds, kMilliseconds };

// One data item as a JSON value: byte strings become strings, epoch times (tag 1) numbers, other tags fall
// away, undefined becomes null. "SerializationException" for bytes that are no item, are followed by others,
// or nest deeper than 64.
Result<json::value> parse_cbor(std::string_view bytes, CborTimes times = CborTimes::kSeconds);

// A document of `shape`: blobs as byte strings, timestamps as tag 1.
void write_cbor(const Shape& shape, const json::value& document, std::string& out,
                CborTimes times = CborTimes::kSeconds);

// Single items, for bodies that no shape describes.
void write_cbor_map_head(size_t entries, std::string& out);
void write_cbor_text(std::string_view text, std::string& out);

}  // namespace hearth::wire
