// What a transaction does to its items, and why it may be canceled. PartiQL's transactions are made of the
// same.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/item_action.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

struct TransactAction {
  ItemAction action;
  std::string name;  // of the table, as the caller wrote it
};

// Why one action keeps a transaction from being done; the others have none.
struct Reason {
  std::string code = "None";
  std::string message = {};
  std::string item = {};  // its JSON, where that is told
};
// "TransactionCanceledException".
Error canceled(const std::vector<Reason>& reasons);
// By one action alone, of so many.
Error canceled_by(const Error& error, size_t at, size_t count);
// What one action's refusal is called in there, and in batches of statements: "ConditionalCheckFailed".
std::string reason_code(std::string_view error_code);
Reason reason_of(const Error& error);

struct TransactOutcome {
  // By name of the table: the table and what was consumed of it.
  struct Use {
    TablePtr table;
    Units units;       // of this call
    Units read_units;  // of one that is asked for again with the same token
  };
  std::map<std::string, Use> used;
};

// Does it within `tx`, in one run of its body. "TransactionCanceledException", "ValidationException",
// "ResourceNotFoundException".
Async<TransactOutcome> transact(store::Transaction& tx, Bill& bill, const Parts& parts,
                                const std::vector<TransactAction>& actions, TimePoint now);

// A token that says which transaction this is: one that was done within ten minutes is not done again.
struct Token {
  std::string text;
  std::string request_sha256;
};
// What was consumed when it was done before; nothing when it was not. "IdempotentParameterMismatchException".
Async<std::optional<TokenRecord>> find_token(store::Transaction& tx, const std::string& account,
                                             const Token& token, TimePoint now);
void keep_token(store::Transaction& tx, const std::string& account, const Token& token,
                const TransactOutcome& outcome, TimePoint now);

}  // namespace hearth::services::dynamodb
