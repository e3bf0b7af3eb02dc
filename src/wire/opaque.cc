#include "wire/opaque.h"

#include <simdjson.h>

#include <string_view>
#include <utility>

#include "wire/json_body.h"

namespace hearth::wire {

namespace {

namespace ondemand = simdjson::ondemand;
using JsonType = ondemand::json_type;

std::unexpected<Error> broken() {
  return fail("SerializationException", {});
}

// What is no JSON at all is not null: it shows when it is read.
bool is_null(ondemand::value& value) {
  bool null = false;
  return value.is_null().get(null) == simdjson::SUCCESS && null;
}

std::string_view trimmed(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// The value's own text; the reader is then behind it.
Result<std::string_view> text_of(ondemand::value value, JsonType type) {
  std::string_view text;
  if (type == JsonType::object) {
    ondemand::object object;
    const bool read = value.get_object().get(object) == simdjson::SUCCESS &&
                      object.raw_json().get(text) == simdjson::SUCCESS;
    if (!read) return broken();
  } else if (type == JsonType::array) {
    ondemand::array array;
    const bool read =
        value.get_array().get(array) == simdjson::SUCCESS && array.raw_json().get(text) == simdjson::SUCCESS;
    if (!read) return broken();
  } else {
    text = value.raw_json_token();
  }
  return trimmed(text);
}

const Member* member_of(const Shape& shape, std::string_view wire_name) {
  for (const Member& member : shape.members) {
    if (member.location == Location::kBody && member.wire_name == wire_name) return &member;
  }
  return nullptr;
}

Result<json::value> read(const Shape& shape, ondemand::value value, const JsonReading& reading);

// Every member of a JSON object, handed to `take` with its name.
Status each_member(ondemand::value value, const auto& take) {
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return broken();
  for (auto field : object) {
    std::string_view name;
    ondemand::value one;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return broken();
    if (field.value().get(one) != simdjson::SUCCESS) return broken();
    TRY_SYNC_VOID(take(name, one));
  }
  return {};
}

Result<json::value> read_structure(const Shape& shape, ondemand::value value, const JsonReading& reading) {
  json::object document;
  TRY_SYNC_VOID(each_member(value, [&](std::string_view name, ondemand::value one) -> Status {
    const Member* member = member_of(shape, name);
    if (!member || is_null(one)) return {};
    TRY_SYNC(auto part, read(*member->shape, one, {.java_package = reading.java_package}));
    document.insert_or_assign(member->name, std::move(part));
    return {};
  }));
  return document;
}

Result<json::value> read_map(const Shape& shape, ondemand::value value, const JsonReading& reading) {
  json::object document;
  TRY_SYNC_VOID(each_member(value, [&](std::string_view name, ondemand::value one) -> Status {
    if (is_null(one)) return {};
    const std::string key(name);
    TRY_SYNC(auto part, read(*shape.element, one, {.java_package = reading.java_package, .element = true}));
    document.insert_or_assign(key, std::move(part));
    return {};
  }));
  return document;
}

Result<json::value> read_list(const Shape& shape, ondemand::value value, const JsonReading& reading) {
  json::array document;
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return broken();
  for (auto element : array) {
    ondemand::value one;
    if (element.get(one) != simdjson::SUCCESS) return broken();
    if (is_null(one)) continue;
    TRY_SYNC(auto part, read(*shape.element, one, {.java_package = reading.java_package, .element = true}));
    document.push_back(std::move(part));
  }
  return document;
}

Result<json::value> read(const Shape& shape, ondemand::value value, const JsonReading& reading) {
  JsonType type{};
  if (value.type().get(type) != simdjson::SUCCESS) return broken();
  if (shape.opaque) {
    TRY_SYNC(const std::string_view text, text_of(value, type));
    return json::value(text);
  }
  if (shape.holds_opaque) {
    if (shape.kind == Kind::kStructure && type == JsonType::object)
      return read_structure(shape, value, reading);
    if (shape.kind == Kind::kMap && type == JsonType::object) return read_map(shape, value, reading);
    if (shape.kind == Kind::kList && type == JsonType::array) return read_list(shape, value, reading);
  }
  if (shape.kind == Kind::kString && type == JsonType::string) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return broken();
    return json::value(text);
  }
  TRY_SYNC(const std::string_view text, text_of(value, type));
  TRY_SYNC(auto parsed, parse_json(text));
  return document_from_json(shape, std::move(parsed), reading);
}

// Applies `change` to each opaque value of the document.
Status each_opaque(const Shape& shape, json::value& document, const auto& change) {
  if (shape.opaque) return change(document);
  if (!shape.holds_opaque) return {};
  if (shape.kind == Kind::kStructure && document.is_object()) {
    for (const Member& member : shape.members) {
      json::value* part = document.get_object().if_contains(member.name);
      if (!part || part->is_null()) continue;
      TRY_SYNC_VOID(each_opaque(*member.shape, *part, change));
    }
  } else if (shape.kind == Kind::kMap && document.is_object()) {
    for (auto& entry : document.get_object())
      TRY_SYNC_VOID(each_opaque(*shape.element, entry.value(), change));
  } else if (shape.kind == Kind::kList && document.is_array()) {
    for (json::value& item : document.get_array()) TRY_SYNC_VOID(each_opaque(*shape.element, item, change));
  }
  return {};
}

}  // namespace

Result<json::object> document_with_opaque(const Shape& shape, std::string body,
                                          std::string_view java_package) {
  thread_local ondemand::parser parser;
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  ondemand::document root;
  ondemand::value value;
  JsonType type{};
  if (parser.iterate(body).get(root) != simdjson::SUCCESS) return broken();
  // A scalar has no value to take hold of; it is no structure, as an array is none.
  if (root.type().get(type) != simdjson::SUCCESS) return broken();
  if (type != JsonType::object) {
    TRY_SYNC(auto parsed, parse_json(body));
    TRY_SYNC(auto document, document_from_json(shape, std::move(parsed), {.java_package = java_package}));
    return std::move(document.as_object());
  }
  if (root.get_value().get(value) != simdjson::SUCCESS) return broken();
  TRY_SYNC(auto document, read_structure(shape, value, {.java_package = java_package}));
  if (root.current_location().error() != simdjson::OUT_OF_BOUNDS) return broken();
  return std::move(document.as_object());
}

void close_opaque(const Shape& shape, json::value& document) {
  (void)each_opaque(shape, document, [](json::value& value) -> Status {
    value = to_text(value);
    return {};
  });
}

Status open_opaque(const Shape& shape, json::value& document) {
  return each_opaque(shape, document, [](json::value& value) -> Status {
    TRY_SYNC(value, parse_json(std::string_view(value.as_string())));
    return {};
  });
}

}  // namespace hearth::wire
