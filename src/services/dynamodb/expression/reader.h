// Reader: walks over the tokens of one expression for the grammars of the five kinds. What all of them share
// is read here: paths, placeholders, calls; and what refuses a text that follows no grammar.
#pragma once
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "services/dynamodb/expression/faults.h"
#include "services/dynamodb/expression/lexer.h"
#include "services/dynamodb/expression/placeholders.h"
#include "services/dynamodb/expression/syntax.h"

namespace hearth::services::dynamodb {

class Reader {
 public:
  // `keywords` are never names. All of them outlive the reader.
  Reader(std::string_view text, std::span<const std::string_view> keywords, Placeholders& placeholders,
         Faults& faults);

  const Token& token() const { return tokens_[at_]; }
  bool at_end() const { return token().kind == TokenKind::kEnd; }
  bool at_symbol(std::string_view symbol) const;
  bool at_keyword(std::string_view word) const;
  // A name with a parenthesis behind it.
  bool at_call() const;

  // Goes on if it stands here.
  bool take_symbol(std::string_view symbol);
  bool take_keyword(std::string_view word);
  // REQUIRES that the token is not the end.
  void advance() { ++at_; }

  // All of these: "ValidationException" that tells the token that fits no grammar.
  Status expect_symbol(std::string_view symbol);
  Status expect_keyword(std::string_view word);
  Status expect_end() const;
  Result<Path> path();
  Result<Value> value();
  // A call of a function of conditions or of updates; `operand` reads one of its operands.
  template <typename ReadOperand>
  Result<syntax::Call> call(bool for_conditions, ReadOperand operand);

  std::unexpected<Error> syntax_error() const;
  void add(Fault fault, std::string message) { faults_.add(fault, std::move(message)); }
  // Each operator and each function that is no other's operand. Too many are a fault.
  void count_operator();

 private:
  bool is_keyword(const Token& token) const;
  Result<std::string> name();
  Result<uint32_t> index();
  syntax::Function function(std::string_view name, bool for_conditions);

  std::string_view text_;
  std::span<const std::string_view> keywords_;
  Placeholders& placeholders_;
  Faults& faults_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  size_t operators_ = 0;
  size_t calls_open_ = 0;
};

template <typename ReadOperand>
Result<syntax::Call> Reader::call(bool for_conditions, ReadOperand operand) {
  count_operator();
  syntax::Call call{.function = function(token().text, for_conditions), .operands = {}};
  advance();
  TRY_SYNC_VOID(expect_symbol("("));
  ++calls_open_;
  do {
    TRY_SYNC(syntax::Operand read, operand());
    call.operands.push_back(std::move(read));
  } while (take_symbol(","));
  --calls_open_;
  TRY_SYNC_VOID(expect_symbol(")"));
  return call;
}

}  // namespace hearth::services::dynamodb
