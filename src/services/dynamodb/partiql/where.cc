#include "services/dynamodb/partiql/where.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/dynamodb/expression/checks.h"
#include "services/dynamodb/expression/condition_grammar.h"
#include "services/dynamodb/expression/lexer.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb::partiql {
namespace {

using syntax::Call;
using syntax::Function;
using syntax::Operand;
using syntax::Operator;
using syntax::Predicate;

constexpr auto kFunctions =
    std::to_array({Function::kAttributeType, Function::kBeginsWith, Function::kContains, Function::kSize});

// A statement as the source of a condition.
class Where {
 public:
  explicit Where(Cursor& cursor) : cursor_(cursor) {}

  bool at_keyword(std::string_view word) const { return cursor_.at_keyword(word); }
  bool take_keyword(std::string_view word) { return cursor_.take_keyword(word); }
  Status expect_keyword(std::string_view word) { return cursor_.expect_keyword(word); }
  bool at_symbol(std::string_view symbol) const { return cursor_.at_symbol(symbol); }
  bool take_symbol(std::string_view symbol) { return cursor_.take_symbol(symbol); }
  Status expect_symbol(std::string_view symbol) { return cursor_.expect_symbol(symbol); }
  std::unexpected<Error> syntax_error() const { return cursor_.syntax_error(); }
  std::unexpected<Error> too_deep() const { return cursor_.syntax_error(); }
  // The length of a statement is limit enough, and nothing is said about its parentheses.
  void count_operator() {}
  void redundant_parentheses() {}

  bool at_call() const { return cursor_.at_call(); }
  template <typename ReadOperand>
  Result<Call> call(ReadOperand operand) {
    const std::string name = cursor_.take();
    const auto* function = std::ranges::find_if(
        kFunctions, [&](Function one) { return equal_ignoring_case(name, name_of(one)); });
    if (function == kFunctions.end()) return not_well_formed(fmt::format("Unknown function: {}", name));
    Call call{.function = *function, .operands = {}};
    TRY_SYNC_VOID(cursor_.expect_symbol("("));
    do {
      TRY_SYNC(Operand read, operand());
      call.operands.push_back(std::move(read));
    } while (cursor_.take_symbol(","));
    TRY_SYNC_VOID(cursor_.expect_symbol(")"));
    return call;
  }

  Result<Operand> atom() {
    const bool is_name = cursor_.token().kind == TokenKind::kQuotedName ||
                         (cursor_.token().kind == TokenKind::kWord && !cursor_.at_keyword("TRUE") &&
                          !cursor_.at_keyword("FALSE") && !cursor_.at_keyword("NULL"));
    Operand operand;
    if (is_name) {
      TRY_SYNC(operand.form, cursor_.path());
    } else {
      TRY_SYNC(operand.form, cursor_.value());
    }
    return operand;
  }

  std::optional<Operator> take_comparison() {
    for (const Operator op : {Operator::kEqual, Operator::kNotEqual, Operator::kLess, Operator::kLessEqual,
                              Operator::kGreater, Operator::kGreaterEqual}) {
      if (cursor_.take_symbol(name_of(op))) return op;
    }
    if (cursor_.take_symbol("!=")) return Operator::kNotEqual;
    return std::nullopt;
  }

  std::optional<Function> take_sum() {
    if (cursor_.take_symbol("+")) return Function::kPlus;
    if (cursor_.take_symbol("-")) return Function::kMinus;
    return std::nullopt;
  }

  Result<std::string_view> open_list() {
    if (cursor_.take_symbol("[")) return "]";
    TRY_SYNC_VOID(cursor_.expect_symbol("("));
    return ")";
  }

  Result<std::optional<Predicate>> test(Operand& operand) {
    if (!cursor_.take_keyword("IS")) return std::nullopt;
    const bool negative = cursor_.take_keyword("NOT");
    Call call;
    if (cursor_.take_keyword("MISSING")) {
      if (!std::holds_alternative<Path>(operand.form)) return cursor_.syntax_error();
      call.function = Function::kAttributeNotExists;
      call.operands.push_back(std::move(operand));
    } else {
      TRY_SYNC_VOID(cursor_.expect_keyword("NULL"));
      call.function = Function::kAttributeType;
      call.operands.push_back(std::move(operand));
      call.operands.push_back(Operand{Value::string(std::string(type_name(Type::kNull)))});
    }
    Predicate predicate = syntax::predicate_of(std::move(call));
    return negative ? syntax::negated(std::move(predicate)) : std::move(predicate);
  }

 private:
  Cursor& cursor_;
};

}  // namespace

Result<Predicate> read_condition(Cursor& cursor) {
  Where where(cursor);
  TRY_SYNC(Predicate predicate, grammar::Conditions(where).read());
  Faults faults;
  checks::check(predicate, faults);
  if (const std::string* message = faults.first()) return fail(errors::validation(*message));
  return predicate;
}

}  // namespace hearth::services::dynamodb::partiql
