#include "services/s3/metadata_text.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"

namespace hearth::services::s3 {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
}

// The Q encoding: hex behind '=', blanks as '_'.
std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string word = "=?UTF-8?Q?";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      word += '_';
    } else if (byte > ' ' && byte < 0x7F && c != '=' && c != '?' && c != '_') {
      word += c;
    } else {
      word += '=';
      word += kDigits[byte >> 4];
      word += kDigits[byte & 0xF];
    }
  }
  return word + "?=";
}

std::optional<std::string> decoded_q(std::string_view text) {
  std::string percents;
  for (const char c : text) {
    if (c == '%') {
      percents += "%25";
    } else {
      percents += c == '_' ? ' ' : c == '=' ? '%' : c;
    }
  }
  return percent_decode(percents);
}

// The text of a value that is one encoded word.
std::optional<std::string> decoded(std::string_view value) {
  constexpr std::string_view kBegin = "=?", kEnd = "?=", kCharset = "utf-8";
  if (!value.starts_with(kBegin) || !value.ends_with(kEnd)) return std::nullopt;
  value.remove_prefix(kBegin.size());
  const size_t charset = value.find('?');
  if (charset == std::string_view::npos || charset + 4 > value.size() || value[charset + 2] != '?')
    return std::nullopt;
  const bool known =
      iequals(value.substr(0, charset), kCharset) || iequals(value.substr(0, charset), "us-ascii");
  if (!known || charset + 3 + kEnd.size() > value.size()) return std::nullopt;
  const char kind = value[charset + 1];
  const std::string_view text = value.substr(charset + 3, value.size() - charset - 3 - kEnd.size());
  if (text.find('?') != std::string_view::npos) return std::nullopt;
  if (kind == 'Q' || kind == 'q') return decoded_q(text);
  if (kind == 'B' || kind == 'b') return base64_decode(text);
  return std::nullopt;
}

}  // namespace

std::string shown_text(std::string_view value) {
  if (!is_ascii(value)) return encoded(value);
  const auto text = decoded(value);
  const bool plain = text && std::ranges::all_of(*text, [](char c) { return c >= ' ' && c < 0x7F; });
  return plain ? *text : std::string(value);
}

std::map<std::string, std::string> shown_metadata(std::map<std::string, std::string> metadata) {
  for (auto& [name, value] : metadata) value = shown_text(value);
  return metadata;
}

}  // namespace hearth::services::s3
