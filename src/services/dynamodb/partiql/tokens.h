// The words of a statement. As with expressions, what begins none is a token of its own that the grammar
// refuses.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::services::dynamodb::partiql {

enum class TokenKind : uint8_t {
  kWord,        // plain name or keyword: Music
  kQuotedName,  // "Music", never a keyword
  kString,      // 'No One You Know'
  kNumber,      // 1.5e3, without a sign
  kSymbol,      // ( ) [ ] { } , . : ? * + - = <> != < <= > >= << >> ;
  kInvalid,     // whatever else, and what is begun and not ended
  kEnd,
};

struct Token {
  TokenKind kind;
  // Names and strings without their quotes; quotes in them are written twice.
  std::string text;
};

// The last one is kEnd.
std::vector<Token> tokens_of(std::string_view statement);

}  // namespace hearth::services::dynamodb::partiql
