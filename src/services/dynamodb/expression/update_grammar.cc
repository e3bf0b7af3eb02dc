#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/dynamodb/expression/grammar.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb::grammar {
namespace {

using syntax::Action;
using syntax::Call;
using syntax::Change;
using syntax::Function;
using syntax::Operand;

constexpr auto kActions = std::to_array({Action::kSet, Action::kRemove, Action::kAdd, Action::kDelete});
constexpr auto kKeywords = std::to_array<std::string_view>({"SET", "REMOVE", "ADD", "DELETE"});

// Parentheses and functions in each other; nothing that is of use comes near.
constexpr size_t kDepthMax = 300;

class Changes {
 public:
  explicit Changes(Reader& reader) : reader_(reader) {}

  Result<std::vector<Change>> whole() {
    std::vector<Action> sections;
    std::vector<Change> changes;
    do {
      const auto action =
          std::ranges::find_if(kActions, [&](Action one) { return reader_.take_keyword(name_of(one)); });
      if (action == kActions.end()) return reader_.syntax_error();
      if (std::ranges::find(sections, *action) != sections.end()) {
        reader_.add(Fault::kRepeatedSection,
                    fmt::format("The \"{}\" section can only be used once in an update expression;",
                                name_of(*action)));
      }
      sections.push_back(*action);
      do {
        TRY_SYNC(Change read, change(*action));
        changes.push_back(std::move(read));
      } while (reader_.take_symbol(","));
    } while (!reader_.at_end());
    return changes;
  }

 private:
  Result<Change> change(Action action) {
    TRY_SYNC(Path path, reader_.path());
    Change change{.action = action, .path = std::move(path)};
    if (action == Action::kSet) {
      TRY_SYNC_VOID(reader_.expect_symbol("="));
      TRY_SYNC(Term value, sum());
      change.value = std::move(value.operand);
    } else if (action != Action::kRemove) {
      TRY_SYNC(Value value, reader_.value());
      change.value = Operand{std::move(value)};
    }
    return change;
  }

  struct Term {
    Operand operand;
    bool in_parentheses = false;
  };

  // One operator at most.
  Result<Term> sum() {
    TRY_SYNC(Term left, term());
    const auto function = take_operator();
    if (!function) return left;
    if (is_sum(left.operand)) return reader_.syntax_error();
    reader_.count_operator();
    Call call{.function = *function, .operands = {}};
    call.operands.push_back(std::move(left.operand));
    TRY_SYNC(Operand right, operand());
    call.operands.push_back(std::move(right));
    return Term{Operand{std::move(call)}};
  }

  std::optional<Function> take_operator() {
    if (reader_.take_symbol("+")) return Function::kPlus;
    if (reader_.take_symbol("-")) return Function::kMinus;
    return std::nullopt;
  }

  static bool is_sum(const Operand& operand) {
    const auto* call = std::get_if<Call>(&operand.form);
    return call && (call->function == Function::kPlus || call->function == Function::kMinus);
  }

  // Of a sum or of a function.
  Result<Operand> operand() {
    TRY_SYNC(Term read, term());
    if (is_sum(read.operand)) return reader_.syntax_error();
    return std::move(read.operand);
  }

  Result<Term> term() {
    if (reader_.at_symbol("(")) return parentheses();
    Term read;
    if (reader_.at_call()) {
      TRY_SYNC(read.operand.form, call());
    } else if (reader_.token().kind == TokenKind::kValuePlaceholder) {
      TRY_SYNC(read.operand.form, reader_.value());
    } else {
      TRY_SYNC(read.operand.form, reader_.path());
    }
    return read;
  }

  Result<Call> call() {
    if (depth_ == kDepthMax) return reader_.syntax_error();
    ++depth_;
    auto call = reader_.call(/*for_conditions=*/false, [this] { return operand(); });
    --depth_;
    return call;
  }

  Result<Term> parentheses() {
    constexpr const char* kRedundant = "The expression has redundant parentheses;";
    if (depth_ == kDepthMax) return fail(errors::validation(kRedundant));
    reader_.advance();
    ++depth_;
    TRY_SYNC(Term read, sum());
    --depth_;
    TRY_SYNC_VOID(reader_.expect_symbol(")"));
    if (read.in_parentheses) reader_.add(Fault::kRedundantParentheses, kRedundant);
    read.in_parentheses = true;
    return read;
  }

  Reader& reader_;
  size_t depth_ = 0;
};

}  // namespace

const std::span<const std::string_view> kUpdateKeywords = kKeywords;

Result<std::vector<Change>> read_update(Reader& reader) {
  return Changes(reader).whole();
}

}  // namespace hearth::services::dynamodb::grammar
