#include "services/dynamodb/expression/condition_grammar.h"

#include <array>

#include "services/dynamodb/expression/grammar.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb::grammar {
namespace {

using syntax::Operand;
using syntax::Operator;
using syntax::Predicate;

constexpr auto kKeywords = std::to_array<std::string_view>({"AND", "OR", "NOT", "BETWEEN", "IN"});
constexpr const char* kRedundant = "The expression has redundant parentheses;";

// An expression as the source of a condition.
class Expression {
 public:
  explicit Expression(Reader& reader) : reader_(reader) {}

  bool at_keyword(std::string_view word) const { return reader_.at_keyword(word); }
  bool take_keyword(std::string_view word) { return reader_.take_keyword(word); }
  Status expect_keyword(std::string_view word) { return reader_.expect_keyword(word); }
  bool at_symbol(std::string_view symbol) const { return reader_.at_symbol(symbol); }
  bool take_symbol(std::string_view symbol) { return reader_.take_symbol(symbol); }
  Status expect_symbol(std::string_view symbol) { return reader_.expect_symbol(symbol); }
  std::unexpected<Error> syntax_error() const { return reader_.syntax_error(); }
  void count_operator() { reader_.count_operator(); }

  bool at_call() const { return reader_.at_call(); }
  template <typename ReadOperand>
  Result<syntax::Call> call(ReadOperand operand) {
    return reader_.call(/*for_conditions=*/true, operand);
  }

  Result<Operand> atom() {
    if (reader_.token().kind == TokenKind::kValuePlaceholder) {
      TRY_SYNC(Value value, reader_.value());
      return Operand{std::move(value)};
    }
    TRY_SYNC(Path path, reader_.path());
    return Operand{std::move(path)};
  }

  std::optional<Operator> take_comparison() {
    for (const Operator op : {Operator::kEqual, Operator::kNotEqual, Operator::kLess, Operator::kLessEqual,
                              Operator::kGreater, Operator::kGreaterEqual}) {
      if (reader_.take_symbol(name_of(op))) return op;
    }
    return std::nullopt;
  }

  std::optional<syntax::Function> take_sum() { return std::nullopt; }

  Result<std::string_view> open_list() {
    TRY_SYNC_VOID(reader_.expect_symbol("("));
    return ")";
  }

  Result<std::optional<Predicate>> test(Operand&) { return std::nullopt; }

  void redundant_parentheses() { reader_.add(Fault::kRedundantParentheses, kRedundant); }
  // Of parentheses that deep some are of no use; functions are none that anybody needs.
  std::unexpected<Error> too_deep() const {
    if (!reader_.at_symbol("(")) return reader_.syntax_error();
    return fail(errors::validation(kRedundant));
  }

 private:
  Reader& reader_;
};

}  // namespace

const std::span<const std::string_view> kConditionKeywords = kKeywords;

Result<Predicate> read_condition(Reader& reader) {
  Expression expression(reader);
  TRY_SYNC(Predicate predicate, Conditions(expression).read());
  TRY_SYNC_VOID(reader.expect_end());
  return predicate;
}

}  // namespace hearth::services::dynamodb::grammar
