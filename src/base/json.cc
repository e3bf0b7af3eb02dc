#include "base/json.h"

#include <boost/json/basic_parser_impl.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

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

// Takes the parts of a document and keeps none of them.
struct Nothing {
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;
  using ec = boost::system::error_code;

  bool on_document_begin(ec&) { return true; }
  bool on_document_end(ec&) { return true; }
  bool on_object_begin(ec&) { return true; }
  bool on_object_end(size_t, ec&) { return true; }
  bool on_array_begin(ec&) { return true; }
  bool on_array_end(size_t, ec&) { return true; }
  bool on_key_part(json::string_view, size_t, ec&) { return true; }
  bool on_key(json::string_view, size_t, ec&) { return true; }
  bool on_string_part(json::string_view, size_t, ec&) { return true; }
  bool on_string(json::string_view, size_t, ec&) { return true; }
  bool on_number_part(json::string_view, ec&) { return true; }
  bool on_int64(int64_t, json::string_view, ec&) { return true; }
  bool on_uint64(uint64_t, json::string_view, ec&) { return true; }
  bool on_double(double value, json::string_view, ec& error) {
    if (!std::isfinite(value)) error = json::make_error_code(json::error::not_number);
    return !error;
  }
  bool on_bool(bool, ec&) { return true; }
  bool on_null(ec&) { return true; }
  bool on_comment_part(json::string_view, ec&) { return true; }
  bool on_comment(json::string_view, ec&) { return true; }
};

constexpr size_t kDepthMax = 64;
constexpr size_t kCheckedDepthMax = 1000;

Error refused(const boost::system::error_code& error, size_t at) {
  return {.code = "SerializationException", .message = error.message() + " at byte " + std::to_string(at)};
}

void write(const json::value& value, std::string& text);

template <typename Parts>
void write_parts(const Parts& parts, char open, char close, std::string& text, const auto& write_part) {
  text += open;
  for (bool first = true; const auto& part : parts) {
    if (!std::exchange(first, false)) text += ',';
    write_part(part);
  }
  text += close;
}

void write(const json::value& value, std::string& text) {
  if (const auto* number = value.if_double()) {
    fmt::format_to(std::back_inserter(text), "{}", *number);
  } else if (const auto* array = value.if_array()) {
    write_parts(*array, '[', ']', text, [&](const json::value& item) { write(item, text); });
  } else if (const auto* object = value.if_object()) {
    write_parts(*object, '{', '}', text, [&](const json::key_value_pair& member) {
      text += json::serialize(member.key());
      text += ':';
      write(member.value(), text);
    });
  } else {
    text += json::serialize(value);
  }
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  json::stream_parser parser({}, json::parse_options{.max_depth = kDepthMax});
  boost::system::error_code ec;
  size_t parsed = parser.write_some(text.data(), text.size(), ec);
  if (!ec && parsed == text.size()) parser.finish(ec);
  if (!ec && parsed < text.size()) {
    parsed += text.substr(parsed).find_first_not_of(" \t\r\n");
    ec = json::make_error_code(json::error::extra_data);
  }
  if (ec) return fail(refused(ec, parsed));
  json::value value = parser.release();
  if (!all_finite(value)) return fail("SerializationException", "a number is out of range");
  return value;
}

Status check_json(std::string_view text) {
  json::basic_parser<Nothing> parser(json::parse_options{.max_depth = kCheckedDepthMax});
  boost::system::error_code ec;
  size_t parsed = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && parsed < text.size()) {
    parsed += text.substr(parsed).find_first_not_of(" \t\r\n");
    ec = json::make_error_code(json::error::extra_data);
  }
  if (ec) return fail(refused(ec, parsed));
  return {};
}

std::string to_text(const json::value& value) {
  std::string text;
  write(value, text);
  return text;
}

}  // namespace hearth
