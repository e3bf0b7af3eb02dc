#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/dynamodb/expression/grammar.h"

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
      TRY_SYNC(change.value, sum());
    } else if (action != Action::kRemove) {
      TRY_SYNC(Value value, reader_.value());
      change.value = Operand{std::move(value)};
    }
    return change;
  }

  // One operator at most.
  Result<Operand> sum() {
    TRY_SYNC(Operand left, operand());
    const auto function = take_operator();
    if (!function) return left;
    if (is_sum(left)) return reader_.syntax_error();
    reader_.count_operator();
    Call call{.function = *function, .operands = {}};
    call.operands.push_back(std::move(left));
    TRY_SYNC(Operand right, operand());
    if (is_sum(right)) return reader_.syntax_error();
    call.operands.push_back(std::move(right));
    return Operand{std::move(call)};
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

  Result<Operand> operand() {
    if (reader_.at_symbol("(")) return parentheses();
    if (reader_.at_call()) {
      if (depth_ == kDepthMax) return reader_.syntax_error();
      ++depth_;
      TRY_SYNC(Call call, reader_.call(/*for_conditions=*/false, [this] { return operand_of_function(); }));
      --depth_;
      return Operand{std::move(call)};
    }
    if (reader_.token().kind == TokenKind::kValuePlaceholder) {
      TRY_SYNC(Value value, reader_.value());
      return Operand{std::move(value)};
    }
    TRY_SYNC(Path path, reader_.path());
    return Operand{std::move(path)};
  }

  Result<Operand> operand_of_function() {
    TRY_SYNC(Operand read, operand());
    if (is_sum(read)) return reader_.syntax_error();
    return read;
  }

  Result<Operand> parentheses() {
    constexpr const char* kRedundant = "The expression has redundant parentheses;";
    if (depth_ == kDepthMax) return fail("ValidationException", kRedundant);
    reader_.advance();
    ++depth_;
    const bool again = reader_.at_symbol("(");
    TRY_SYNC(Operand read, sum());
    --depth_;
    if (again && !is_sum(read)) reader_.add(Fault::kRedundantParentheses, kRedundant);
    TRY_SYNC_VOID(reader_.expect_symbol(")"));
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
