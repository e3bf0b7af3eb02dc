#include "services/dynamodb/expression/lexer.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/utf8.h"

namespace hearth::services::dynamodb {
namespace {

bool is_name_part(char c) {
  return is_letter_or_digit(c) || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

size_t length_while(std::string_view text, bool (*belongs)(char)) {
  return static_cast<size_t>(std::ranges::find_if_not(text, belongs) - text.begin());
}

// Of the character at the beginning, in bytes.
size_t character_bytes(std::string_view text) {
  size_t bytes = 1;
  while (bytes < text.size() && bytes < 4 && continues_character(text[bytes])) ++bytes;
  return bytes;
}

// REQUIRES a text that is not empty.
Token first_token(std::string_view text) {
  const auto token = [&](TokenKind kind, size_t bytes) { return Token{kind, text.substr(0, bytes)}; };
  const char c = text.front();
  if (is_letter(c)) return token(TokenKind::kName, length_while(text, is_name_part));
  if (is_digit(c)) return token(TokenKind::kInteger, length_while(text, is_digit));
  if (c == '#' || c == ':') {
    const size_t name_bytes = length_while(text.substr(1), is_name_part);
    if (name_bytes == 0) return token(TokenKind::kInvalid, 1);
    return token(c == '#' ? TokenKind::kNamePlaceholder : TokenKind::kValuePlaceholder, 1 + name_bytes);
  }
  for (const std::string_view two : {"<>", "<=", ">="}) {
    if (text.starts_with(two)) return token(TokenKind::kSymbol, 2);
  }
  if (std::string_view("()[],.+-=<>").contains(c)) return token(TokenKind::kSymbol, 1);
  return token(TokenKind::kInvalid, character_bytes(text));
}

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  while (true) {
    text.remove_prefix(length_while(text, is_space));
    if (text.empty()) break;
    tokens.push_back(first_token(text));
    text.remove_prefix(tokens.back().text.size());
  }
  tokens.push_back({TokenKind::kEnd, text});
  return tokens;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace hearth::services::dynamodb
