#include "services/dynamodb/item/ion_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/encoding.h"

namespace hearth::services::dynamodb {
namespace {

void write_quoted(std::string_view bytes, char quote, std::string& text) {
  constexpr unsigned char kBlank = 0x20;
  text += quote;
  for (const char c : bytes) {
    if (c == quote || c == '\\') {
      text.append("\\").append(1, c);
    } else if (c == '\n') {
      text += "\\n";
    } else if (static_cast<unsigned char>(c) < kBlank) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  text += quote;
}

bool begins_symbol(char c) {
  return is_letter(c) || c == '_';
}

void write_symbol(const std::string& name, std::string& text) {
  constexpr std::string_view kWords[] = {"null", "true", "false", "nan"};
  const bool plain = !name.empty() && begins_symbol(name[0]) &&
                     std::ranges::all_of(name, [](char c) { return begins_symbol(c) || is_digit(c); }) &&
                     std::ranges::find(kWords, name) == std::end(kWords);
  if (plain) {
    text += name;
  } else {
    write_quoted(name, '\'', text);
  }
}

// 103 as 103., 600 as 6d2: what has neither a point nor an exponent would be an integer.
void write_decimal(std::string_view number, std::string& text) {
  if (number.contains('.')) {
    text += number;
    return;
  }
  const size_t last = number.find_last_not_of('0');
  const size_t zeros = last == std::string_view::npos ? 0 : number.size() - last - 1;
  text += number.substr(0, number.size() - zeros);
  text += zeros == 0 ? "." : "d" + std::to_string(zeros);
}

void write_scalar(Type type, const std::string& data, std::string& text) {
  if (type == Type::kNumber || type == Type::kNumberSet) {
    write_decimal(data, text);
  } else if (type == Type::kBinary || type == Type::kBinarySet) {
    text.append("{{").append(base64_encode(data)).append("}}");
  } else {
    write_quoted(data, '"', text);
  }
}

void write_value(const Value& value, std::string& text) {
  const auto end_list = [&] {
    if (text.back() == ',') text.pop_back();
    text += ']';
  };
  switch (value.type()) {
    case Type::kNull:
      text += "null";
      return;
    case Type::kBool:
      text += value.truth() ? "true" : "false";
      return;
    case Type::kMap:
      return write_ion(value.map(), text);
    case Type::kList:
      text += '[';
      for (const Value& one : value.list()) {
        write_value(one, text);
        text += ',';
      }
      return end_list();
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      text.append("$dynamodb_").append(type_name(value.type())).append("::[");
      for (const std::string& one : value.elements()) {
        write_scalar(value.type(), one, text);
        text += ',';
      }
      return end_list();
    case Type::kString:
    case Type::kNumber:
    case Type::kBinary:
      return write_scalar(value.type(), value.text(), text);
  }
}

}  // namespace

void write_ion(const Item& item, std::string& text) {
  text += '{';
  for (const auto& [name, value] : item) {
    write_symbol(name, text);
    text += ':';
    write_value(value, text);
    text += ',';
  }
  if (text.back() == ',') text.pop_back();
  text += '}';
}

}  // namespace hearth::services::dynamodb
