// Characters in the bytes of UTF-8. Whether bytes are UTF-8 at all: encoding.h.
#pragma once
#include <cstdint>
#include <string>

namespace hearth {

// Whether the byte belongs to a character that began before it.
constexpr bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// REQUIRES a code point, or the half of one that an escape in a text can be.
void append_utf8(uint32_t code, std::string& text);

}  // namespace hearth
