// Scalars as text, as they stand in headers, labels, queries, forms and XML.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "wire/shape.h"

namespace hearth::wire {

// Any of the three spellings; fractions of seconds are kept to microseconds.
std::optional<TimePoint> parse_time(std::string_view text);
// ISO 8601 in UTC with as many digits of a second as are needed.
std::string time_text(TimePoint time, TimeFormat format);

// The member's format, else its shape's, else the protocol's.
TimeFormat time_format_of(const Member* member, const Shape& shape, TimeFormat otherwise);

// A document's value from its text: numbers, booleans, timestamps, base64 blobs, strings. Fails with
// "SerializationException".
Result<json::value> scalar_from_text(const Shape& shape, std::string_view text);
// REQUIRES a scalar shape. `format` is for timestamps.
std::string scalar_to_text(const Shape& shape, const json::value& value, TimeFormat format);

// NaN and the infinities have names where JSON has no number for them.
std::string_view special_float(double value);  // empty for ordinary numbers

}  // namespace hearth::wire
