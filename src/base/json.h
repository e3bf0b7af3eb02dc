// JSON documents: Boost.JSON's value under our name. A document keeps the order of an object's members as
// they were written. Include this only where documents are handled; json_fwd.h elsewhere.
#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth {

namespace json = boost::json;

// Parses one whole document. The error's message says what is wrong and where; its code is
// "SerializationException". Nesting deeper than 64 is refused.
Result<json::value> parse_json(std::string_view text);
// Whether the text is one whole document, for bytes that are handed on as they are: nothing is built, so
// nesting may be as deep as 1000.
Status check_json(std::string_view text);
// Numbers with a fraction are written as people write them (3.5), not as the library does (3.5E0).
std::string to_text(const json::value& value);

}  // namespace hearth
