#include "services/dynamodb/partiql/tokens.h"

#include <algorithm>

#include "base/ascii.h"

namespace hearth::services::dynamodb::partiql {
namespace {

bool begins_word(char c) {
  return is_letter(c) || c == '_' || c == '$';
}
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Takes tokens off the beginning of a text.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next() {
    take_while(is_space);
    if (text_.empty()) return {TokenKind::kEnd, ""};
    const char c = text_.front();
    if (c == '\'') return quoted(TokenKind::kString);
    if (c == '"') return quoted(TokenKind::kQuotedName);
    if (begins_word(c)) {
      return {TokenKind::kWord, take_while([](char part) { return begins_word(part) || is_digit(part); })};
    }
    if (is_digit(c)) return number();
    for (const std::string_view two : {"<<", ">>", "<>", "!=", "<=", ">="}) {
      if (text_.starts_with(two)) return {TokenKind::kSymbol, take(2)};
    }
    const bool known = std::string_view("()[]{},.:?*+-=<>;").contains(c);
    return {known ? TokenKind::kSymbol : TokenKind::kInvalid, take(1)};
  }

 private:
  std::string take(size_t bytes) {
    const std::string_view taken = text_.substr(0, bytes);
    text_.remove_prefix(taken.size());
    return std::string(taken);
  }

  std::string take_while(bool (*belongs)(char)) {
    return take(static_cast<size_t>(std::ranges::find_if_not(text_, belongs) - text_.begin()));
  }

  Token quoted(TokenKind kind) {
    const char quote = text_.front();
    std::string text;
    text_.remove_prefix(1);
    while (true) {
      const size_t end = text_.find(quote);
      if (end == std::string_view::npos) return {TokenKind::kInvalid, take(text_.size())};
      text += take(end);
      text_.remove_prefix(1);
      if (!text_.starts_with(quote)) return {kind, std::move(text)};
      text += take(1);
    }
  }

  Token number() {
    std::string text = take_while(is_digit);
    if (text_.size() > 1 && text_[0] == '.' && is_digit(text_[1])) text += take(1) + take_while(is_digit);
    if (!text_.empty() && (text_[0] == 'e' || text_[0] == 'E')) {
      const size_t sign = text_.size() > 1 && (text_[1] == '+' || text_[1] == '-') ? 1 : 0;
      if (text_.size() > 1 + sign && is_digit(text_[1 + sign])) text += take(1 + sign) + take_while(is_digit);
    }
    return {TokenKind::kNumber, std::move(text)};
  }

  std::string_view text_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view statement) {
  Lexer lexer(statement);
  std::vector<Token> tokens;
  do {
    tokens.push_back(lexer.next());
  } while (tokens.back().kind != TokenKind::kEnd);
  return tokens;
}

}  // namespace hearth::services::dynamodb::partiql
