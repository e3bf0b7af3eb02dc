#include "services/dynamodb/expression/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "services/dynamodb/expression/reserved_words.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kOperatorsMax = 300;
// Observed: one more is refused.
constexpr uint32_t kIndexMax = 4'294'967'294;

}  // namespace

Reader::Reader(std::string_view text, std::span<const std::string_view> keywords, Placeholders& placeholders,
               Faults& faults)
    : text_(text),
      keywords_(keywords),
      placeholders_(placeholders),
      faults_(faults),
      tokens_(tokens_of(text)) {}

bool Reader::is_keyword(const Token& token) const {
  const auto is_it = [&](std::string_view word) { return equal_ignoring_case(token.text, word); };
  return token.kind == TokenKind::kName && std::ranges::any_of(keywords_, is_it);
}

bool Reader::at_symbol(std::string_view symbol) const {
  return token().kind == TokenKind::kSymbol && token().text == symbol;
}

bool Reader::at_keyword(std::string_view word) const {
  return token().kind == TokenKind::kName && equal_ignoring_case(token().text, word);
}

bool Reader::at_call() const {
  if (token().kind != TokenKind::kName || is_keyword(token())) return false;
  const Token& next = tokens_[at_ + 1];
  return next.kind == TokenKind::kSymbol && next.text == "(";
}

bool Reader::take_symbol(std::string_view symbol) {
  const bool here = at_symbol(symbol);
  if (here) advance();
  return here;
}

bool Reader::take_keyword(std::string_view word) {
  const bool here = at_keyword(word);
  if (here) advance();
  return here;
}

Status Reader::expect_symbol(std::string_view symbol) {
  return take_symbol(symbol) ? Status() : syntax_error();
}

Status Reader::expect_keyword(std::string_view word) {
  return take_keyword(word) ? Status() : syntax_error();
}

Status Reader::expect_end() const {
  return at_end() ? Status() : syntax_error();
}

// Shows the token and its neighbours as they are written, with the white space between them.
std::unexpected<Error> Reader::syntax_error() const {
  const Token& first = tokens_[at_ == 0 ? 0 : at_ - 1];
  const Token& last = tokens_[std::min(at_ + 1, tokens_.size() - 1)];
  const char* begin = first.text.data();
  // The end of the text may stand behind white space.
  const Token& shown = last.kind == TokenKind::kEnd && &last != &first ? *(&last - 1) : last;
  const char* end = shown.text.data() + shown.text.size();
  return fail("ValidationException",
              fmt::format("Syntax error; token: \"{}\", near: \"{}\"", at_end() ? "<EOF>" : token().text,
                          std::string_view(begin, static_cast<size_t>(end - begin))));
}

Result<std::string> Reader::name() {
  const Token& here = token();
  if (here.kind == TokenKind::kNamePlaceholder) {
    advance();
    if (const std::string* name = placeholders_.name(here.text)) return *name;
    add(Fault::kUndefinedPlaceholder,
        fmt::format(
            "An expression attribute name used in the document path is not defined; attribute name: {}",
            here.text));
    return std::string(here.text);
  }
  if (here.kind != TokenKind::kName || is_keyword(here)) return syntax_error();
  if (is_reserved(here.text)) {
    add(Fault::kReservedWord,
        fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", here.text));
  }
  advance();
  return std::string(here.text);
}

Result<uint32_t> Reader::index() {
  const std::string_view digits = token().text;
  if (token().kind != TokenKind::kInteger) return syntax_error();
  uint32_t index = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (read.ec != std::errc() || index > kIndexMax) {
    add(Fault::kPath, fmt::format("List index is not within the allowable range; index: [{}]", digits));
  }
  advance();
  TRY_SYNC_VOID(expect_symbol("]"));
  return index;
}

Result<Path> Reader::path() {
  TRY_SYNC(std::string attribute, name());
  Path path = attribute_path(std::move(attribute));
  size_t count = 1;
  // Steps beyond the limit are read and forgotten.
  const auto add_step = [&](Step step) {
    if (++count <= Path::kStepsMax) path.steps.push_back(std::move(step));
  };
  while (true) {
    if (take_symbol(".")) {
      TRY_SYNC(std::string member, name());
      add_step(std::move(member));
    } else if (take_symbol("[")) {
      TRY_SYNC(const uint32_t element, index());
      add_step(element);
    } else {
      break;
    }
  }
  if (count > Path::kStepsMax) {
    add(Fault::kPath,
        fmt::format("The document path has too many nesting elements; nesting levels: {}", count));
  }
  return path;
}

Result<Value> Reader::value() {
  const Token& here = token();
  if (here.kind != TokenKind::kValuePlaceholder) return syntax_error();
  advance();
  if (const Value* value = placeholders_.value(here.text)) return *value;
  add(Fault::kUndefinedPlaceholder,
      fmt::format("An expression attribute value used in expression is not defined; attribute value: {}",
                  here.text));
  return Value();
}

syntax::Function Reader::function(std::string_view name, bool for_conditions) {
  const auto function = syntax::find_function(name);
  if (!function) {
    add(Fault::kUnknownFunction, fmt::format("Invalid function name; function: {}", name));
  } else if (is_for_conditions(*function) != for_conditions) {
    add(Fault::kUnknownFunction, fmt::format("The function is not allowed in {} expression; function: {}",
                                             for_conditions ? "a condition" : "an update", name));
  }
  // Whatever stands for a function that is none is never evaluated.
  return function.value_or(for_conditions ? syntax::Function::kSize : syntax::Function::kIfNotExists);
}

void Reader::count_operator() {
  if (calls_open_ > 0 || ++operators_ <= kOperatorsMax) return;
  // The text tells where counting stopped.
  add(Fault::kTooManyOperators,
      fmt::format("The expression contains too many operators; operator count: {}", operators_));
}

}  // namespace hearth::services::dynamodb
