#include "services/dynamodb/expression/named_attributes.h"

#include <algorithm>

#include "services/dynamodb/expression/grammar.h"
#include "services/dynamodb/expression/lexer.h"

namespace hearth::services::dynamodb {
namespace {

bool is_symbol(const Token& token, std::string_view symbol) {
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

}  // namespace

std::set<std::string> named_attributes(ExpressionForm form, std::string_view text,
                                       const std::map<std::string, std::string, std::less<>>& names) {
  const auto keywords =
      form == ExpressionForm::kUpdate ? grammar::kUpdateKeywords : grammar::kConditionKeywords;
  const auto is_keyword = [&](std::string_view word) {
    return std::ranges::any_of(keywords, [&](auto one) { return equal_ignoring_case(word, one); });
  };
  std::set<std::string> attributes;
  const auto tokens = tokens_of(text);
  for (size_t at = 0; at + 1 < tokens.size(); ++at) {
    const Token& token = tokens[at];
    if (at > 0 && is_symbol(tokens[at - 1], ".")) continue;
    if (token.kind == TokenKind::kNamePlaceholder) {
      const auto found = names.find(token.text);
      attributes.emplace(found == names.end() ? token.text : std::string_view(found->second));
    } else if (token.kind == TokenKind::kName && !is_keyword(token.text) && !is_symbol(tokens[at + 1], "(")) {
      attributes.emplace(token.text);
    }
  }
  return attributes;
}

}  // namespace hearth::services::dynamodb
