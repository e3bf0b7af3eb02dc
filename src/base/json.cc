#include "base/json.h"

namespace hearth {

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
  return parser.release();
}

}  // namespace hearth
