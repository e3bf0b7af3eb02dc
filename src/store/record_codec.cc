#include "store/record_codec.h"

namespace hearth::store::codec {

void write_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

bool Input::varint(uint64_t& value) {
  value = 0;
  for (size_t i = 0; i < rest.size() && i < 10; ++i) {
    const auto byte = static_cast<uint8_t>(rest[i]);
    if (i == 9 && byte > 1) return false;  // more than 64 bits
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool Input::fixed64(uint64_t& value) {
  if (rest.size() < 8) return false;
  value = 0;
  for (size_t i = 0; i < 8; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(rest[i])) << (8 * i);
  rest.remove_prefix(8);
  return true;
}

bool Input::bytes(std::string_view& value) {
  uint64_t size;
  if (!varint(size) || size > rest.size()) return false;
  value = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

bool Input::skip(Form form) {
  uint64_t number;
  std::string_view text;
  switch (form) {
    case Form::kVarint:
      return varint(number);
    case Form::kFixed64:
      return fixed64(number);
    case Form::kBytes:
      return bytes(text);
  }
  return false;
}

}  // namespace hearth::store::codec
