// Text forms of bytes: hex, base64, percent encoding, UTF-8 checks.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

std::string hex_encode(std::string_view bytes);  // lower case
std::optional<std::string> hex_decode(std::string_view text);

std::string base64_encode(std::string_view bytes);
// Strict: standard alphabet, padded. Nothing on any other character.
std::optional<std::string> base64_decode(std::string_view text);

// Everything but A-Z a-z 0-9 - _ . ~ becomes %XX (upper-case hex). `keep` lists further bytes to leave alone.
std::string percent_encode(std::string_view text, std::string_view keep = {});
// Nothing when a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

bool is_utf8(std::string_view text);
// Code points of valid UTF-8; bytes that are not UTF-8 count one each.
size_t utf8_length(std::string_view text);
std::string to_lower(std::string_view text);           // ASCII only
bool iequals(std::string_view a, std::string_view b);  // ASCII only

}  // namespace hearth
