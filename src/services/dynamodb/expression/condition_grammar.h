// The grammar of conditions, for whatever writes them: expressions, and the WHERE of a statement. They differ
// in how names and values are written, which their `Source` reads:
//
//   bool at_keyword(word), take_keyword(word); Status expect_keyword(word); the same with symbols
//   Result<Operand> atom()                            a path or a value
//   bool at_call(); Result<Call> call(read_operand)   of a function
//   std::optional<Operator> take_comparison()         one of those with two operands
//   std::optional<Function> take_sum()                plus or minus, where there are sums
//   Result<std::string_view> open_list()              begins the list of IN and tells what ends it
//   Result<std::optional<Predicate>> test(Operand&)   what else may stand behind an operand; takes it if it
//   does void count_operator(), redundant_parentheses(); std::unexpected<Error> syntax_error(), too_deep()
#pragma once
#include <optional>
#include <utility>
#include <variant>

#include "base/result.h"
#include "services/dynamodb/expression/syntax.h"

namespace hearth::services::dynamodb::grammar {

template <typename Source>
class Conditions {
 public:
  explicit Conditions(Source& source) : source_(source) {}

  // What follows it is left to the caller.
  Result<syntax::Predicate> read() {
    TRY_SYNC(Term term, chain(Operator::kOr));
    return truth(std::move(term));
  }

  // What may stand on either side of a comparison.
  Result<syntax::Operand> operand() {
    TRY_SYNC(Term term, this->term());
    auto* operand = std::get_if<Operand>(&term.form);
    if (!operand) return source_.syntax_error();
    return std::move(*operand);
  }

 private:
  using Operand = syntax::Operand;
  using Operator = syntax::Operator;
  using Predicate = syntax::Predicate;

  // Parentheses in parentheses, functions in functions. Each needs an operator beside it to be of use, and
  // there may not be more of those.
  static constexpr size_t kDepthMax = 300;

  // What parentheses may hold: which of the two it is shows only behind them.
  struct Term {
    std::variant<Predicate, Operand> form;
    bool in_parentheses = false;
  };

  // a OR b OR c, where each is a chain of AND.
  Result<Term> chain(Operator op) {
    const auto element = [&] { return op == Operator::kOr ? chain(Operator::kAnd) : negation(); };
    TRY_SYNC(Term first, element());
    if (!source_.at_keyword(name_of(op))) return first;
    Predicate chain{.op = op};
    TRY_SYNC(Predicate predicate, truth(std::move(first)));
    chain.predicates.push_back(std::move(predicate));
    while (source_.take_keyword(name_of(op))) {
      source_.count_operator();
      TRY_SYNC(Term term, element());
      TRY_SYNC(Predicate next, truth(std::move(term)));
      chain.predicates.push_back(std::move(next));
    }
    return Term{std::move(chain)};
  }

  Result<Term> negation() {
    size_t negations = 0;
    while (source_.take_keyword("NOT")) {
      source_.count_operator();
      ++negations;
    }
    TRY_SYNC(Term term, comparison());
    if (negations == 0) return term;
    TRY_SYNC(Predicate predicate, truth(std::move(term)));
    for (size_t i = 0; i < negations; ++i) predicate = negated(std::move(predicate));
    return Term{std::move(predicate)};
  }

  Result<Term> comparison() {
    TRY_SYNC(Term left, term());
    auto* operand = std::get_if<Operand>(&left.form);
    if (!operand) return left;
    const auto op = take_operator();
    if (!op) {
      TRY_SYNC(auto test, source_.test(*operand));
      if (test) return Term{*std::move(test)};
      return left;
    }
    source_.count_operator();
    Predicate predicate{.op = *op};
    predicate.operands.push_back(std::move(*operand));
    TRY_SYNC_VOID(add_right_side(predicate));
    return Term{std::move(predicate)};
  }

  std::optional<Operator> take_operator() {
    if (const auto op = source_.take_comparison()) return op;
    for (const Operator op : {Operator::kBetween, Operator::kIn}) {
      if (source_.take_keyword(name_of(op))) return op;
    }
    return std::nullopt;
  }

  Status add_right_side(Predicate& predicate) {
    const auto add_operand = [&]() -> Status {
      TRY_SYNC(Operand operand, this->operand());
      predicate.operands.push_back(std::move(operand));
      return {};
    };
    if (predicate.op == Operator::kIn) {
      TRY_SYNC(const std::string_view end, source_.open_list());
      do {
        TRY_SYNC_VOID(add_operand());
      } while (source_.take_symbol(","));
      return source_.expect_symbol(end);
    }
    TRY_SYNC_VOID(add_operand());
    if (predicate.op == Operator::kBetween) {
      TRY_SYNC_VOID(source_.expect_keyword("AND"));
      TRY_SYNC_VOID(add_operand());
    }
    return {};
  }

  // One value, or a sum of several where the language knows those.
  Result<Term> term() {
    TRY_SYNC(Term left, factor());
    while (auto* operand = std::get_if<Operand>(&left.form)) {
      const auto function = source_.take_sum();
      if (!function) break;
      if (++sums_ > kDepthMax) return source_.too_deep();
      TRY_SYNC(Term right, factor());
      auto* second = std::get_if<Operand>(&right.form);
      if (!second) return source_.syntax_error();
      syntax::Call sum{.function = *function, .operands = {}};
      sum.operands.push_back(std::move(*operand));
      sum.operands.push_back(std::move(*second));
      left = Term{Operand{std::move(sum)}};
    }
    return left;
  }

  Result<Term> factor() {
    const bool parentheses = source_.at_symbol("(");
    if (!parentheses && !source_.at_call()) {
      TRY_SYNC(Operand atom, source_.atom());
      return Term{std::move(atom)};
    }
    if (depth_ == kDepthMax) return source_.too_deep();
    ++depth_;
    auto deeper = parentheses ? in_parentheses() : call();
    --depth_;
    return deeper;
  }

  Result<Term> call() {
    TRY_SYNC(syntax::Call call, source_.call([this] { return operand(); }));
    return Term{Operand{std::move(call)}};
  }

  Result<Term> in_parentheses() {
    TRY_SYNC_VOID(source_.expect_symbol("("));
    TRY_SYNC(Term term, chain(Operator::kOr));
    TRY_SYNC_VOID(source_.expect_symbol(")"));
    if (term.in_parentheses) source_.redundant_parentheses();
    term.in_parentheses = true;
    return term;
  }

  // What stands alone has to be true or false: a comparison, or a function.
  Result<Predicate> truth(Term term) {
    if (auto* predicate = std::get_if<Predicate>(&term.form)) return std::move(*predicate);
    auto& operand = std::get<Operand>(term.form);
    if (!std::holds_alternative<syntax::Call>(operand.form)) return source_.syntax_error();
    return predicate_of(std::get<syntax::Call>(std::move(operand.form)));
  }

  Source& source_;
  size_t depth_ = 0;
  size_t sums_ = 0;
};

}  // namespace hearth::services::dynamodb::grammar
