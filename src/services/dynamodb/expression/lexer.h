// The words of an expression, of whatever kind it is. Every byte of the text belongs to a token or is white
// space between two; what begins no token is one of its own (kInvalid), so that only the grammar has to
// refuse.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace hearth::services::dynamodb {

enum class TokenKind : uint8_t {
  kName,              // status, and every keyword
  kNamePlaceholder,   // #s
  kValuePlaceholder,  // :s
  kInteger,           // 17
  kSymbol,            // ( ) [ ] , . + - = <> < <= > >=
  kInvalid,           // one character
  kEnd,
};

struct Token {
  TokenKind kind;
  // A part of the expression's text; empty at its end.
  std::string_view text;
};

// The last one is kEnd. The texts live as long as `text` does.
std::vector<Token> tokens_of(std::string_view text);

// Letters of ASCII in any case.
bool equal_ignoring_case(std::string_view left, std::string_view right);

}  // namespace hearth::services::dynamodb
