// Cursor: walks over the tokens of a statement and binds its parameters.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/dynamodb/expression/path.h"
#include "services/dynamodb/partiql/tokens.h"

namespace hearth::services::dynamodb::partiql {

class Cursor {
 public:
  // `parameters` outlive it.
  Cursor(std::string_view statement, const List& parameters);

  const Token& token() const { return tokens_[at_]; }
  bool at_end() const { return token().kind == TokenKind::kEnd; }
  bool at_symbol(std::string_view symbol) const;
  bool at_keyword(std::string_view word) const;
  // A word with a parenthesis behind it.
  bool at_call() const;

  bool take_symbol(std::string_view symbol);
  bool take_keyword(std::string_view word);
  // REQUIRES that the token is not the end.
  std::string take() { return std::move(tokens_[at_++].text); }

  // All of these: "ValidationException" that says that the statement is none.
  Status expect_symbol(std::string_view symbol);
  Status expect_keyword(std::string_view word);
  Result<std::string> name();
  Result<Path> path();
  // A literal, a parameter, or a list, map or set of those.
  Result<Value> value();

  std::unexpected<Error> syntax_error() const;
  // There is one parameter for each place.
  Status check_parameters() const;

 private:
  Result<Value> value(size_t depth);
  Result<Value> number(std::string_view sign);
  Result<Value> parameter();
  Result<Value> list(size_t depth);
  Result<Value> map(size_t depth);
  Result<Value> set(size_t depth);
  std::optional<Value> constant();

  std::vector<Token> tokens_;
  const List& parameters_;
  size_t at_ = 0;
  size_t parameters_used_ = 0;
};

// "ValidationException": the statement is none; `why` is what the service says of it.
std::unexpected<Error> not_well_formed(std::string_view why);

}  // namespace hearth::services::dynamodb::partiql
