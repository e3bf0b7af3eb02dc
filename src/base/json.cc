#include "base/json.h"

#include <algorithm>
#include <cmath>

namespace hearth {
namespace {

// Numbers beyond a double's range come out of the parser as infinite, which no JSON text can say.
bool all_finite(const json::value& value) {
  switch (value.kind()) {
    case json::kind::double_:
      return std::isfinite(value.get_double());
    case json::kind::array:
      return std::ranges::all_of(value.get_array(), all_finite);
    case json::kind::object:
      return std::ranges::all_of(value.get_object(),
                                 [](const auto& member) { return all_finite(member.value()); });
    default:
      return true;
  }
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  json::stream_parser parser({}, json::parse_options{.max_depth = 64});
  boost::system::error_code ec;
  size_t parsed = parser.write_some(text.data(), text.size(), ec);
  if (!ec && parsed == text.size()) parser.finish(ec);
  if (!ec && parsed < text.size()) {
    parsed += text.substr(parsed).find_first_not_of(" \t\r\n");
    ec = json::make_error_code(json::error::extra_data);
  }
  if (ec) return fail("SerializationException", ec.message() + " at byte " + std::to_string(parsed));
  json::value value = parser.release();
  if (!all_finite(value)) return fail("SerializationException", "a number is out of range");
  return value;
}

}  // namespace hearth
