#include "wire/json_body.h"

#include <cmath>
#include <limits>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "wire/document.h"
#include "wire/scalar_text.h"

namespace hearth::wire {

namespace {

std::unexpected<Error> refuse(std::string message) {
  return fail("SerializationException", std::move(message));
}

std::string_view type_name(const Shape& shape) {
  switch (shape.kind) {
    case Kind::kString:
      return "String";
    case Kind::kBlob:
      return "Blob";
    case Kind::kBoolean:
      return "Boolean";
    case Kind::kInteger:
      return "Integer";
    case Kind::kLong:
      return "Long";
    case Kind::kFloat:
      return "Float";
    case Kind::kDouble:
      return "Double";
    case Kind::kTimestamp:
      return "Timestamp";
    default:
      return shape.name;
  }
}

std::string_view token_name(const json::value& body) {
  if (body.is_string()) return "STRING_VALUE";
  if (body.is_number()) return body.is_double() ? "DECIMAL_VALUE" : "NUMBER_VALUE";
  if (body.is_bool()) return body.get_bool() ? "TRUE_VALUE" : "FALSE_VALUE";
  return "NULL_VALUE";
}

bool is_container(const Shape& shape) {
  return shape.kind == Kind::kList || shape.kind == Kind::kMap || shape.kind == Kind::kStructure;
}

// The type that the older reader has for a shape: "java.util.List<java.lang.String>".
std::string java_type(const Shape& shape, std::string_view package) {
  switch (shape.kind) {
    case Kind::kList:
      return fmt::format("java.util.List<{}>", java_type(*shape.element, package));
    case Kind::kMap:
      return fmt::format("java.util.Map<java.lang.String, {}>", java_type(*shape.element, package));
    case Kind::kStructure:
    case Kind::kDocument:
      return fmt::format("{}.{}", package, shape.name);
    case Kind::kBlob:
      return "java.nio.ByteBuffer";
    case Kind::kTimestamp:
      return "java.util.Date";
    default:
      return fmt::format("java.lang.{}", type_name(shape));
  }
}

std::unexpected<Error> older_mismatch(const Shape& shape, const json::value& body,
                                      const JsonReading& reading) {
  const bool map = shape.kind == Kind::kMap;
  if (body.is_object()) return refuse("Start of structure or map found where not expected");
  if (body.is_array()) {
    return refuse(fmt::format("Unrecognized collection type {}{}", map ? "" : "class ",
                              java_type(shape, reading.java_package)));
  }
  if (is_container(shape)) {
    return refuse(reading.element ? "Unexpected value type in payload" : "Unexpected field type");
  }
  if (shape.kind == Kind::kBlob) return refuse("only base-64-encoded strings are convertible to bytes");
  if (shape.kind == Kind::kBoolean && body.is_string())
    return refuse("Unexpected token received from parser");
  return refuse(fmt::format("{} cannot be converted to {}", token_name(body), type_name(shape)));
}

// The services' JSON reader names the token it met.
std::unexpected<Error> mismatch(const Shape& shape, const json::value& body, const JsonReading& reading) {
  if (!reading.java_package.empty()) return older_mismatch(shape, body, reading);
  if (body.is_object()) return refuse("Start of structure or map found where not expected.");
  if (body.is_array()) return refuse("Start of list found where not expected");
  if (shape.kind == Kind::kList) return refuse("Expected list or null");
  if (is_container(shape)) return refuse("Expected map or null");
  const std::string_view name = type_name(shape);
  const bool vowel = !name.empty() && std::string_view("AEIOU").find(name[0]) != std::string_view::npos;
  return refuse(fmt::format("{} can not be converted to {} {}", token_name(body), vowel ? "an" : "a", name));
}

Result<json::value> integer_from_json(const Shape& shape, const json::value& body,
                                      const JsonReading& reading) {
  std::optional<int64_t> number;
  if (const int64_t* whole = body.if_int64()) number = *whole;
  if (const double* decimal = body.if_double(); decimal && std::abs(*decimal) < 9.0e18) {
    number = static_cast<int64_t>(*decimal);
    if (static_cast<double>(*number) != *decimal) return mismatch(shape, body, reading);
  }
  if (!number) return mismatch(shape, body, reading);
  if (shape.kind == Kind::kInteger && *number != static_cast<int32_t>(*number)) {
    return refuse("NUMBER_VALUE is out of range for an Integer");
  }
  return json::value(*number);
}

Result<json::value> time_from_json(const Shape& shape, const json::value& body, const JsonReading& reading) {
  if (body.is_string()) {
    const auto time = parse_time(body.get_string());
    if (!time) return mismatch(shape, body, reading);
    return document_time(*time);
  }
  const auto time = body.is_number() ? document_time(body) : std::nullopt;
  if (!time) return mismatch(shape, body, reading);
  return document_time(*time);
}

Result<json::value> scalar_from_json(const Shape& shape, json::value body, const JsonReading& reading) {
  switch (shape.kind) {
    case Kind::kString:
      if (!body.is_string()) return mismatch(shape, body, reading);
      return body;
    case Kind::kBlob: {
      if (!body.is_string()) return mismatch(shape, body, reading);
      if (reading.blobs == BlobForm::kRaw) return body;
      const auto bytes = base64_decode(body.get_string());
      if (!bytes) return refuse("Invalid base64 in the value of a Blob");
      return json::value(std::string_view(*bytes));
    }
    case Kind::kBoolean:
      if (!body.is_bool()) return mismatch(shape, body, reading);
      return body;
    case Kind::kInteger:
    case Kind::kLong:
      return integer_from_json(shape, body, reading);
    case Kind::kFloat:
    case Kind::kDouble:
      if (body.is_number()) return json::value(body.to_number<double>());
      if (body.is_string() &&
          !special_float(
               scalar_from_text(shape, body.get_string()).value_or(json::value(0.0)).to_number<double>())
               .empty()) {
        return scalar_from_text(shape, body.get_string());
      }
      return mismatch(shape, body, reading);
    case Kind::kTimestamp:
      return time_from_json(shape, body, reading);
    case Kind::kDocument:
      return shape.opaque ? json::value(to_text(body)) : std::move(body);
    default:
      return mismatch(shape, body, reading);
  }
}

JsonReading part_of(JsonReading reading, bool element) {
  reading.element = element;
  return reading;
}

Result<json::value> structure_from_json(const Shape& shape, json::value body, const JsonReading& reading) {
  if (!body.is_object()) return mismatch(shape, body, reading);
  json::object document;
  for (const Member& member : shape.members) {
    if (member.location != Location::kBody) continue;
    json::value* value = body.get_object().if_contains(member.wire_name);
    if (!value || (value->is_null() && member.shape->kind != Kind::kDocument)) continue;
    TRY_SYNC(auto converted, document_from_json(*member.shape, std::move(*value), part_of(reading, false)));
    document.emplace(member.name, std::move(converted));
  }
  return json::value(std::move(document));
}

Result<json::value> list_from_json(const Shape& shape, json::value body, const JsonReading& reading) {
  if (!body.is_array()) return mismatch(shape, body, reading);
  json::array document;
  document.reserve(body.get_array().size());
  for (json::value& item : body.get_array()) {
    if (item.is_null() && shape.element->kind != Kind::kDocument) {
      if (shape.sparse) document.emplace_back(nullptr);
      continue;
    }
    TRY_SYNC(auto converted, document_from_json(*shape.element, std::move(item), part_of(reading, true)));
    document.push_back(std::move(converted));
  }
  return json::value(std::move(document));
}

Result<json::value> map_from_json(const Shape& shape, json::value body, const JsonReading& reading) {
  if (!body.is_object()) return mismatch(shape, body, reading);
  json::object document;
  for (auto& [key, item] : body.get_object()) {
    if (item.is_null() && shape.element->kind != Kind::kDocument) {
      if (shape.sparse) document.emplace(key, nullptr);
      continue;
    }
    TRY_SYNC(auto converted, document_from_json(*shape.element, std::move(item), part_of(reading, true)));
    document.emplace(key, std::move(converted));
  }
  return json::value(std::move(document));
}

json::value time_to_json(const json::value& document, TimeFormat format) {
  if (format == TimeFormat::kEpoch) return document;
  const auto time = document_time(document);
  return time ? json::value(time_text(*time, format)) : json::value();
}

}  // namespace

Result<json::value> document_from_json(const Shape& shape, json::value body, JsonReading reading) {
  switch (shape.kind) {
    case Kind::kStructure:
      return structure_from_json(shape, std::move(body), reading);
    case Kind::kList:
      return list_from_json(shape, std::move(body), reading);
    case Kind::kMap:
      return map_from_json(shape, std::move(body), reading);
    default:
      return scalar_from_json(shape, std::move(body), reading);
  }
}

namespace {

void write_sequence(const auto& parts, char open, char close, std::string& text, const auto& write_part) {
  text += open;
  for (bool first = true; const auto& part : parts) {
    if (!std::exchange(first, false)) text += ',';
    write_part(part);
  }
  text += close;
}

void write_name(std::string_view name, std::string& text) {
  text += json::serialize(json::string_view(name));
  text += ':';
}

void write_leaf(const Shape& shape, const json::value& document, std::string& text) {
  switch (shape.kind) {
    case Kind::kBlob:
      text += document.is_string() ? to_text(json::value(base64_encode(document.get_string())))
                                   : to_text(document);
      return;
    case Kind::kTimestamp:
      text += to_text(time_to_json(document, time_format_of(nullptr, shape, TimeFormat::kEpoch)));
      return;
    case Kind::kFloat:
    case Kind::kDouble:
      if (const double* number = document.if_double(); number && !special_float(*number).empty()) {
        text += to_text(json::value(special_float(*number)));
        return;
      }
      break;
    case Kind::kDocument:
      if (shape.opaque && document.is_string()) {
        text += std::string_view(document.get_string());
        return;
      }
      break;
    default:
      break;
  }
  text += to_text(document);
}

}  // namespace

void write_members(const Shape& shape, const json::object& document, std::string& text) {
  for (bool first = true; const Member& member : shape.members) {
    if (member.location != Location::kBody) continue;
    const json::value* value = document.if_contains(member.name);
    if (!value) continue;
    if (!std::exchange(first, false)) text += ',';
    write_name(member.wire_name, text);
    if (member.shape->kind == Kind::kTimestamp) {
      text += to_text(time_to_json(*value, time_format_of(&member, *member.shape, TimeFormat::kEpoch)));
    } else {
      write_json(*member.shape, *value, text);
    }
  }
}

void write_json(const Shape& shape, const json::value& document, std::string& text) {
  if (shape.kind == Kind::kStructure && document.is_object()) {
    text += '{';
    write_members(shape, document.get_object(), text);
    text += '}';
  } else if (shape.kind == Kind::kList && document.is_array()) {
    write_sequence(document.get_array(), '[', ']', text,
                   [&](const json::value& item) { write_json(*shape.element, item, text); });
  } else if (shape.kind == Kind::kMap && document.is_object()) {
    write_sequence(document.get_object(), '{', '}', text, [&](const json::key_value_pair& entry) {
      write_name(entry.key(), text);
      write_json(*shape.element, entry.value(), text);
    });
  } else {
    write_leaf(shape, document, text);
  }
}

}  // namespace hearth::wire
