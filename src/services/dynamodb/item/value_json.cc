#include "services/dynamodb/item/value_json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb {

namespace {

namespace ondemand = simdjson::ondemand;

std::unexpected<Error> misformed(std::string message) {
  return fail("SerializationException", std::move(message));
}

// What is no JSON at all is not null: it shows when it is read.
bool is_null(ondemand::value& value) {
  bool null = false;
  return value.is_null().get(null) == simdjson::SUCCESS && null;
}

// The reader's word for the token that it met.
std::string_view token_name(ondemand::json_type type, ondemand::value& value) {
  if (type == ondemand::json_type::number) {
    bool whole = false;
    if (value.is_integer().get(whole) != simdjson::SUCCESS) whole = true;
    return whole ? "NUMBER_VALUE" : "DECIMAL_VALUE";
  }
  bool truth = false;
  return value.get_bool().get(truth) == simdjson::SUCCESS && truth ? "TRUE_VALUE" : "FALSE_VALUE";
}

// What is said of a value that is no text, where one belongs.
std::unexpected<Error> no_text(ondemand::value& value, std::string_view java_type, std::string_view name) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return misformed({});
  if (type == ondemand::json_type::object) {
    return misformed("Start of structure or map found where not expected");
  }
  if (type == ondemand::json_type::array) {
    return misformed("Unrecognized collection type class " + std::string(java_type));
  }
  // A text that stands for no characters.
  if (type == ondemand::json_type::string) return misformed({});
  return misformed(std::string(token_name(type, value)) + " cannot be converted to " + std::string(name));
}

Result<std::string> read_text(ondemand::value value) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) return std::string(text);
  return no_text(value, "java.lang.String", "String");
}

// Whether the bits of the last group that stand for nothing are zero.
bool ends_clean(std::string_view text) {
  constexpr size_t kGroup = 4;
  if (!text.ends_with('=')) return true;
  const std::string_view last = text.substr(text.size() - kGroup);
  return base64_encode(base64_decode(last).value_or("")) == last;
}

Result<std::string> read_binary(ondemand::value value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) {
    ondemand::json_type type{};
    const bool scalar = value.type().get(type) == simdjson::SUCCESS && type != ondemand::json_type::object &&
                        type != ondemand::json_type::array;
    if (scalar) return misformed("only base-64-encoded strings are convertible to bytes");
    return no_text(value, "java.nio.ByteBuffer", "ByteBuffer");
  }
  constexpr size_t kGroup = 4;
  if (text.size() % kGroup != 0) {
    return misformed("Base64 encoded length is expected a multiple of 4 bytes but found: " +
                     std::to_string(text.size()));
  }
  auto bytes = base64_decode(text);
  if (!bytes || !ends_clean(text)) return misformed("Invalid last non-pad Base64 character dectected");
  return *std::move(bytes);
}

Result<bool> read_bool(ondemand::value value) {
  bool truth = false;
  if (value.get_bool().get(truth) == simdjson::SUCCESS) return truth;
  ondemand::json_type type{};
  if (value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::string) {
    return misformed("Unexpected token received from parser");
  }
  return no_text(value, "java.lang.Boolean", "Boolean");
}

Result<ondemand::array> array_of(ondemand::value value) {
  ondemand::array array;
  if (value.get_array().get(array) == simdjson::SUCCESS) return array;
  ondemand::json_type type{};
  if (value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::object) {
    return misformed("Start of structure or map found where not expected");
  }
  return misformed("Unexpected field type");
}

constexpr std::string_view kValueType = "com.amazonaws.dynamodb.v20120810.AttributeValue";

// Of attributes by name.
Result<ondemand::object> map_of(ondemand::value value) {
  ondemand::object object;
  if (value.get_object().get(object) == simdjson::SUCCESS) return object;
  ondemand::json_type type{};
  if (value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::array) {
    return misformed("Unrecognized collection type java.util.Map<java.lang.String, " +
                     std::string(kValueType) + ">");
  }
  return misformed("Unexpected field type");
}

// Of one value.
Result<ondemand::object> value_of(ondemand::value value) {
  ondemand::object object;
  if (value.get_object().get(object) == simdjson::SUCCESS) return object;
  ondemand::json_type type{};
  if (value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::array) {
    return misformed("Unrecognized collection type class " + std::string(kValueType));
  }
  return misformed("Unexpected value type in payload");
}

std::string listing(const Elements& elements, bool base64) {
  std::string text = "[";
  for (const std::string& element : elements) {
    if (text.size() > 1) text += ", ";
    text += base64 ? base64_encode(element) : element;
  }
  return text + "]";
}

Result<Value> set_of(Type type, Elements elements) {
  if (elements.empty()) {
    if (type == Type::kStringSet) return fail(errors::invalid_values("An string set  may not be empty"));
    if (type == Type::kNumberSet) return fail(errors::invalid_values("An number set  may not be empty"));
    return fail(errors::invalid_values("Binary sets should not be empty"));
  }
  // As they came, for the text of a refusal.
  Elements as_sent = elements;
  Value set = Value::set(type, std::move(elements));
  if (std::ranges::adjacent_find(set.elements()) == set.elements().end()) return set;
  if (type == Type::kNumberSet) return fail(errors::validation("Input collection contains duplicates"));
  if (type == Type::kStringSet)
    return fail(
        errors::invalid_values("Input collection " + listing(as_sent, false) + " contains duplicates."));
  return fail(errors::invalid_values("Input collection " + listing(as_sent, true) +
                                     "of type BS contains duplicates."));
}

Result<std::string> read_element(Type type, ondemand::value value) {
  if (type == Type::kBinarySet) return read_binary(value);
  TRY_SYNC(std::string text, read_text(value));
  if (type == Type::kStringSet) return text;
  TRY_SYNC(const Number number, Number::parse(text));
  return number.text();
}

Result<Value> read_set(Type type, ondemand::value value) {
  TRY_SYNC(ondemand::array array, array_of(value));
  Elements elements;
  for (auto element : array) {
    ondemand::value one;
    if (element.get(one) != simdjson::SUCCESS) return misformed({});
    TRY_SYNC(std::string text, read_element(type, one));
    elements.push_back(std::move(text));
  }
  return set_of(type, std::move(elements));
}

constexpr const char* kEmpty =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";

Result<Value> read_typed(ondemand::value value, size_t depth);

// Of a list or a map. The reader cannot ask a root whether it is null.
Result<Value> read_part(ondemand::value value, size_t depth) {
  if (is_null(value)) return fail(errors::validation(kEmpty));
  return read_typed(value, depth);
}

Result<List> read_elements(ondemand::value value, size_t depth) {
  TRY_SYNC(ondemand::array array, array_of(value));
  List list;
  for (auto element : array) {
    ondemand::value one;
    if (element.get(one) != simdjson::SUCCESS) return misformed({});
    TRY_SYNC(Value read, read_part(one, depth));
    list.push_back(std::move(read));
  }
  return list;
}

Result<Map> read_attributes(ondemand::value value, size_t depth) {
  TRY_SYNC(ondemand::object object, map_of(value));
  Map map;
  for (auto field : object) {
    std::string_view name;
    ondemand::value one;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return misformed({});
    std::string owned(name);
    if (field.value().get(one) != simdjson::SUCCESS) return misformed({});
    TRY_SYNC(Value read, read_part(one, depth));
    map.set(std::move(owned), std::move(read));
  }
  return map;
}

Result<Value> read_as(Type type, ondemand::value value, size_t depth) {
  switch (type) {
    case Type::kString: {
      TRY_SYNC(std::string text, read_text(value));
      return Value::string(std::move(text));
    }
    case Type::kNumber: {
      TRY_SYNC(const std::string text, read_text(value));
      TRY_SYNC(const Number number, Number::parse(text));
      return Value::number(number);
    }
    case Type::kBinary: {
      TRY_SYNC(std::string bytes, read_binary(value));
      return Value::binary(std::move(bytes));
    }
    case Type::kBool: {
      TRY_SYNC(const bool truth, read_bool(value));
      return Value::boolean(truth);
    }
    case Type::kNull: {
      TRY_SYNC(const bool truth, read_bool(value));
      if (!truth)
        return fail(errors::invalid_values("Null attribute value types must have the value of true"));
      return Value();
    }
    case Type::kList:
    case Type::kMap: {
      if (depth >= kLevelsMax) return fail(errors::validation(std::string(kTooDeep)));
      if (type == Type::kList) {
        TRY_SYNC(List list, read_elements(value, depth + 1));
        return Value::list(std::move(list));
      }
      TRY_SYNC(Map map, read_attributes(value, depth + 1));
      return Value::map(std::move(map));
    }
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      return read_set(type, value);
  }
  return fail(errors::validation({}));
}

// {"S": "text"}. Of several each is looked at first: what is wrong with one comes before that they are too
// many.
Result<Value> read_typed(ondemand::value value, size_t depth) {
  TRY_SYNC(ondemand::object object, value_of(value));
  std::optional<Value> found;
  bool several = false;
  for (auto field : object) {
    std::string_view name;
    ondemand::value one;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return misformed({});
    const auto type = parse_type(name);
    if (field.value().get(one) != simdjson::SUCCESS) return misformed({});
    if (!type || is_null(one)) continue;
    several = found.has_value();
    TRY_SYNC(found, read_as(*type, one, depth));
  }
  if (several) {
    return fail(errors::validation(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
        "of the supported datatypes"));
  }
  if (found) return *std::move(found);
  return fail(errors::validation(kEmpty));
}

// Hands the document's root to `read`.
template <typename Read>
auto read_root(std::string_view json, Read read) -> decltype(read(ondemand::value{})) {
  thread_local ondemand::parser parser;
  const simdjson::padded_string padded(json);
  ondemand::document document;
  ondemand::value root;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return misformed({});
  if (document.get_value().get(root) != simdjson::SUCCESS) return misformed("Unexpected field type");
  auto result = read(root);
  const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  if (result && !at_end) return misformed({});
  return result;
}

constexpr std::string_view kHex = "0123456789abcdef";
constexpr unsigned char kFirstPrintable = 0x20;

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < kFirstPrintable || c == '"' || c == '\\';
}

void write_escaped(char c, std::string& json) {
  switch (c) {
    case '"':
      json += "\\\"";
      break;
    case '\\':
      json += "\\\\";
      break;
    case '\n':
      json += "\\n";
      break;
    case '\r':
      json += "\\r";
      break;
    case '\t':
      json += "\\t";
      break;
    default:
      json.append("\\u00");
      json += kHex[static_cast<unsigned char>(c) >> 4U];
      json += kHex[static_cast<unsigned char>(c) & 0xfU];
  }
}

void write_sequence(const auto& parts, char open, char close, std::string& json, const auto& write_part) {
  json += open;
  for (bool first = true; const auto& part : parts) {
    if (!std::exchange(first, false)) json += ',';
    write_part(part);
  }
  json += close;
}

void write_data(const Value& value, std::string& json) {
  switch (value.type()) {
    case Type::kString:
    case Type::kNumber:
      return write_string(value.text(), json);
    case Type::kBinary:
      json.append("\"").append(base64_encode(value.text())).append("\"");
      return;
    case Type::kBool:
      json += value.truth() ? "true" : "false";
      return;
    case Type::kNull:
      json += "true";
      return;
    case Type::kMap:
      return write(value.map(), json);
    case Type::kList:
      return write_sequence(value.list(), '[', ']', json, [&](const Value& one) { write(one, json); });
    case Type::kStringSet:
    case Type::kNumberSet:
      return write_sequence(value.elements(), '[', ']', json,
                            [&](const std::string& one) { write_string(one, json); });
    case Type::kBinarySet:
      return write_sequence(value.elements(), '[', ']', json, [&](const std::string& one) {
        json.append("\"").append(base64_encode(one)).append("\"");
      });
  }
}

}  // namespace

Result<Value> read_value(std::string_view json) {
  return read_root(json, [](ondemand::value root) { return read_typed(root, 0); });
}

Result<Item> read_item(std::string_view json) {
  return read_root(json, [](ondemand::value root) { return read_attributes(root, 0); });
}

Result<List> read_list(std::string_view json) {
  return read_root(json, [](ondemand::value root) { return read_elements(root, 0); });
}

void write_string(std::string_view text, std::string& json) {
  json += '"';
  while (!text.empty()) {
    const auto plain = static_cast<size_t>(std::ranges::find_if(text, needs_escape) - text.begin());
    json.append(text.substr(0, plain));
    if (plain == text.size()) break;
    write_escaped(text[plain], json);
    text.remove_prefix(plain + 1);
  }
  json += '"';
}

void write(const Value& value, std::string& json) {
  json.append("{\"").append(type_name(value.type())).append("\":");
  write_data(value, json);
  json += '}';
}

void write(const Item& item, std::string& json) {
  write_sequence(item, '{', '}', json, [&](const Attribute& attribute) {
    write_string(attribute.name, json);
    json += ':';
    write(attribute.value, json);
  });
}

std::string to_json(const Item& item) {
  std::string json;
  write(item, json);
  return json;
}

std::string to_json(const Value& value) {
  std::string json;
  write(value, json);
  return json;
}

}  // namespace hearth::services::dynamodb
