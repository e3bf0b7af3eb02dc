#include <array>

#include "services/dynamodb/expression/grammar.h"

namespace hearth::services::dynamodb::grammar {
namespace {

using syntax::Call;
using syntax::Operand;
using syntax::Operator;
using syntax::Predicate;

constexpr auto kKeywords = std::to_array<std::string_view>({"AND", "OR", "NOT", "BETWEEN", "IN"});

// Parentheses in parentheses, functions in functions. Each needs an operator beside it to be of use, and
// there may not be more of those.
constexpr size_t kDepthMax = 300;

// What parentheses may hold: which of the two it is shows only behind them.
struct Term {
  std::variant<Predicate, Operand> form;
  bool in_parentheses = false;
};

class Conditions {
 public:
  explicit Conditions(Reader& reader) : reader_(reader) {}

  Result<Predicate> whole() {
    TRY_SYNC(Term term, chain(Operator::kOr));
    TRY_SYNC(Predicate predicate, truth(std::move(term)));
    TRY_SYNC_VOID(reader_.expect_end());
    return predicate;
  }

 private:
  // a OR b OR c, where each is a chain of AND.
  Result<Term> chain(Operator op) {
    const auto element = [&] { return op == Operator::kOr ? chain(Operator::kAnd) : negation(); };
    TRY_SYNC(Term first, element());
    if (!reader_.at_keyword(name_of(op))) return first;
    Predicate chain{.op = op};
    TRY_SYNC(Predicate predicate, truth(std::move(first)));
    chain.predicates.push_back(std::move(predicate));
    while (reader_.take_keyword(name_of(op))) {
      reader_.count_operator();
      TRY_SYNC(Term term, element());
      TRY_SYNC(Predicate next, truth(std::move(term)));
      chain.predicates.push_back(std::move(next));
    }
    return Term{std::move(chain)};
  }

  Result<Term> negation() {
    size_t negations = 0;
    while (reader_.take_keyword("NOT")) {
      reader_.count_operator();
      ++negations;
    }
    TRY_SYNC(Term term, comparison());
    if (negations == 0) return term;
    TRY_SYNC(Predicate predicate, truth(std::move(term)));
    for (size_t i = 0; i < negations; ++i) {
      Predicate negated{.op = Operator::kNot};
      negated.predicates.push_back(std::move(predicate));
      predicate = std::move(negated);
    }
    return Term{std::move(predicate)};
  }

  Result<Term> comparison() {
    TRY_SYNC(Term left, term());
    auto* operand = std::get_if<Operand>(&left.form);
    const auto op = operand ? take_operator() : std::nullopt;
    if (!op) return left;
    reader_.count_operator();
    Predicate predicate{.op = *op};
    predicate.operands.push_back(std::move(*operand));
    TRY_SYNC_VOID(add_right_side(predicate));
    return Term{std::move(predicate)};
  }

  Status add_right_side(Predicate& predicate) {
    const auto add_operand = [&]() -> Status {
      TRY_SYNC(Operand operand, this->operand());
      predicate.operands.push_back(std::move(operand));
      return {};
    };
    if (predicate.op == Operator::kIn) {
      TRY_SYNC_VOID(reader_.expect_symbol("("));
      do {
        TRY_SYNC_VOID(add_operand());
      } while (reader_.take_symbol(","));
      return reader_.expect_symbol(")");
    }
    TRY_SYNC_VOID(add_operand());
    if (predicate.op == Operator::kBetween) {
      TRY_SYNC_VOID(reader_.expect_keyword("AND"));
      TRY_SYNC_VOID(add_operand());
    }
    return {};
  }

  std::optional<Operator> take_operator() {
    for (const Operator op : {Operator::kEqual, Operator::kNotEqual, Operator::kLess, Operator::kLessEqual,
                              Operator::kGreater, Operator::kGreaterEqual}) {
      if (reader_.take_symbol(name_of(op))) return op;
    }
    for (const Operator op : {Operator::kBetween, Operator::kIn}) {
      if (reader_.take_keyword(name_of(op))) return op;
    }
    return std::nullopt;
  }

  Result<Term> term() {
    if (reader_.at_symbol("(")) return parentheses();
    if (reader_.at_call()) {
      if (depth_ == kDepthMax) return reader_.syntax_error();
      ++depth_;
      TRY_SYNC(Call call, reader_.call(/*for_conditions=*/true, [this] { return operand(); }));
      --depth_;
      return Term{Operand{std::move(call)}};
    }
    if (reader_.token().kind == TokenKind::kValuePlaceholder) {
      TRY_SYNC(Value value, reader_.value());
      return Term{Operand{std::move(value)}};
    }
    TRY_SYNC(Path path, reader_.path());
    return Term{Operand{std::move(path)}};
  }

  Result<Term> parentheses() {
    constexpr const char* kRedundant = "The expression has redundant parentheses;";
    if (depth_ == kDepthMax) return fail("ValidationException", kRedundant);
    reader_.advance();
    ++depth_;
    TRY_SYNC(Term term, chain(Operator::kOr));
    --depth_;
    TRY_SYNC_VOID(reader_.expect_symbol(")"));
    if (term.in_parentheses) reader_.add(Fault::kRedundantParentheses, kRedundant);
    term.in_parentheses = true;
    return term;
  }

  Result<Operand> operand() {
    TRY_SYNC(Term term, this->term());
    auto* operand = std::get_if<Operand>(&term.form);
    if (!operand) return reader_.syntax_error();
    return std::move(*operand);
  }

  // What stands alone has to be true or false: a comparison, or a function.
  Result<Predicate> truth(Term term) {
    if (auto* predicate = std::get_if<Predicate>(&term.form)) return std::move(*predicate);
    auto& operand = std::get<Operand>(term.form);
    if (!std::holds_alternative<Call>(operand.form)) return reader_.syntax_error();
    Predicate predicate{.op = Operator::kCall};
    predicate.operands.push_back(std::move(operand));
    return predicate;
  }

  Reader& reader_;
  size_t depth_ = 0;
};

}  // namespace

const std::span<const std::string_view> kConditionKeywords = kKeywords;

Result<Predicate> read_condition(Reader& reader) {
  return Conditions(reader).whole();
}

}  // namespace hearth::services::dynamodb::grammar
