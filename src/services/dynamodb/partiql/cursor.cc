#include "services/dynamodb/partiql/cursor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "services/dynamodb/expression/levels.h"
#include "services/dynamodb/expression/lexer.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb::partiql {
namespace {

// Never names, unless they are quoted.
constexpr auto kKeywords = std::to_array<std::string_view>(
    {"AND",   "OR",     "NOT",    "BETWEEN", "IN",     "IS",     "MISSING",   "NULL",  "TRUE",
     "FALSE", "SELECT", "FROM",   "WHERE",   "ORDER",  "BY",     "ASC",       "DESC",  "INSERT",
     "INTO",  "VALUE",  "UPDATE", "SET",     "REMOVE", "DELETE", "RETURNING", "EXISTS"});

// Lists, maps and sets in each other, so that reading them comes to an end.
constexpr size_t kDepthMax = 64;

bool is_keyword(const Token& token) {
  const auto is_it = [&](std::string_view word) { return equal_ignoring_case(token.text, word); };
  return token.kind == TokenKind::kWord && std::ranges::any_of(kKeywords, is_it);
}

// Of what a set of such elements is.
std::optional<Type> set_of(Type element) {
  if (element == Type::kString) return Type::kStringSet;
  if (element == Type::kNumber) return Type::kNumberSet;
  if (element == Type::kBinary) return Type::kBinarySet;
  return std::nullopt;
}

}  // namespace

std::unexpected<Error> not_well_formed(std::string_view why) {
  return fail(errors::validation(fmt::format("Statement wasn't well formed, can't be processed: {}", why)));
}

Cursor::Cursor(std::string_view statement, const List& parameters)
    : tokens_(tokens_of(statement)), parameters_(parameters) {}

bool Cursor::at_symbol(std::string_view symbol) const {
  return token().kind == TokenKind::kSymbol && token().text == symbol;
}

bool Cursor::at_keyword(std::string_view word) const {
  return token().kind == TokenKind::kWord && equal_ignoring_case(token().text, word);
}

bool Cursor::at_call() const {
  if (token().kind != TokenKind::kWord || is_keyword(token())) return false;
  const Token& next = tokens_[at_ + 1];
  return next.kind == TokenKind::kSymbol && next.text == "(";
}

bool Cursor::take_symbol(std::string_view symbol) {
  const bool here = at_symbol(symbol);
  if (here) ++at_;
  return here;
}

bool Cursor::take_keyword(std::string_view word) {
  const bool here = at_keyword(word);
  if (here) ++at_;
  return here;
}

Status Cursor::expect_symbol(std::string_view symbol) {
  return take_symbol(symbol) ? Status() : syntax_error();
}

Status Cursor::expect_keyword(std::string_view word) {
  return take_keyword(word) ? Status() : syntax_error();
}

std::unexpected<Error> Cursor::syntax_error() const {
  return not_well_formed(is_keyword(token()) ? "Unexpected keyword" : "Unexpected term");
}

Result<std::string> Cursor::name() {
  const bool quoted = token().kind == TokenKind::kQuotedName;
  const bool plain = token().kind == TokenKind::kWord && !is_keyword(token());
  if ((!quoted && !plain) || token().text.empty()) return syntax_error();
  return take();
}

Result<Path> Cursor::path() {
  TRY_SYNC(std::string attribute, name());
  Path path = attribute_path(std::move(attribute));
  while (true) {
    if (take_symbol(".")) {
      if (is_keyword(token())) return not_well_formed("Invalid path dot component");
      TRY_SYNC(std::string member, name());
      path.steps.emplace_back(std::move(member));
    } else if (take_symbol("[")) {
      const std::string& digits = token().text;
      uint32_t index = 0;
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (token().kind != TokenKind::kNumber || read.ec != std::errc() ||
          read.ptr != digits.data() + digits.size()) {
        return syntax_error();
      }
      ++at_;
      TRY_SYNC_VOID(expect_symbol("]"));
      path.steps.emplace_back(index);
    } else {
      break;
    }
  }
  if (path.steps.size() > Path::kStepsMax) {
    return fail(errors::validation(fmt::format(
        "The document path has too many nesting elements; nesting levels: {}", path.steps.size())));
  }
  return path;
}

Status Cursor::check_parameters() const {
  if (parameters_used_ == parameters_.size()) return {};
  return fail(errors::validation("Number of parameters in request and statement don't match."));
}

Result<Value> Cursor::value() {
  TRY_SYNC(Value read, value(0));
  // Parameters bring lists and maps of their own.
  TRY_SYNC_VOID(check_levels(read));
  return read;
}

Result<Value> Cursor::value(size_t depth) {
  if (depth == kDepthMax) return fail(errors::validation("Nesting Levels have exceeded supported limits"));
  if (token().kind == TokenKind::kString) return Value::string(take());
  if (token().kind == TokenKind::kNumber) return number("");
  if (take_symbol("-")) return number("-");
  if (take_symbol("+")) return number("");
  if (take_symbol("?")) return parameter();
  if (take_symbol("[")) return list(depth);
  if (take_symbol("{")) return map(depth);
  if (take_symbol("<<")) return set(depth);
  if (auto read = constant()) return *std::move(read);
  return syntax_error();
}

std::optional<Value> Cursor::constant() {
  if (take_keyword("TRUE")) return Value::boolean(true);
  if (take_keyword("FALSE")) return Value::boolean(false);
  if (take_keyword("NULL")) return Value();
  return std::nullopt;
}

Result<Value> Cursor::number(std::string_view sign) {
  if (token().kind != TokenKind::kNumber) return syntax_error();
  TRY_SYNC(const Number number, Number::parse(std::string(sign) + take()));
  return Value::number(number);
}

Result<Value> Cursor::parameter() {
  const size_t index = parameters_used_++;
  // Too few are told when all places are known.
  return index < parameters_.size() ? parameters_[index] : Value();
}

Result<Value> Cursor::list(size_t depth) {
  List list;
  if (take_symbol("]")) return Value::list(std::move(list));
  do {
    TRY_SYNC(Value element, value(depth + 1));
    list.push_back(std::move(element));
  } while (take_symbol(","));
  TRY_SYNC_VOID(expect_symbol("]"));
  return Value::list(std::move(list));
}

Result<Value> Cursor::map(size_t depth) {
  Map map;
  if (take_symbol("}")) return Value::map(std::move(map));
  do {
    if (token().kind != TokenKind::kString || token().text.empty()) return syntax_error();
    std::string name = take();
    TRY_SYNC_VOID(expect_symbol(":"));
    TRY_SYNC(Value member, value(depth + 1));
    map.set(std::move(name), std::move(member));
  } while (take_symbol(","));
  TRY_SYNC_VOID(expect_symbol("}"));
  return Value::map(std::move(map));
}

Result<Value> Cursor::set(size_t depth) {
  constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";
  if (at_symbol(">>"))
    return fail(errors::validation(fmt::format("{}An string set  may not be empty", kInvalid)));
  std::optional<Type> type;
  Elements elements;
  do {
    TRY_SYNC(const Value element, value(depth + 1));
    const auto wanted = set_of(element.type());
    if (!wanted || (type && *type != *wanted)) return syntax_error();
    type = wanted;
    elements.push_back(element.text());
  } while (take_symbol(","));
  TRY_SYNC_VOID(expect_symbol(">>"));
  Elements sorted = elements;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    if (*type == Type::kNumberSet) return fail(errors::validation("Input collection contains duplicates"));
    return fail(errors::validation(
        fmt::format("{}Input collection [{}] contains duplicates.", kInvalid, fmt::join(elements, ", "))));
  }
  return Value::set(*type, std::move(elements));
}

}  // namespace hearth::services::dynamodb::partiql
