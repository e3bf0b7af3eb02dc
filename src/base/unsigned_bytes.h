// Texts as the bytes that OpenSSL takes.
#pragma once
#include <string>
#include <string_view>

namespace hearth {

inline const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* unsigned_bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace hearth
