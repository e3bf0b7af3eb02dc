// A statement of PartiQL, read: what it does to which table, with conditions and changes in the form of
// expressions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/dynamodb/expression/syntax.h"

namespace hearth::services::dynamodb::partiql {

enum class Verb : uint8_t {
  kSelect,
  kInsert,
  kUpdate,
  kDelete,
  kExists,  // EXISTS(SELECT …), a check in a transaction
};

enum class Returning : uint8_t { kNothing, kAllOld, kModifiedOld, kAllNew, kModifiedNew };

// What a SELECT shows of an item: the values that paths lead to, under the last name of each.
struct Selection {
  struct Column {
    Path path;
    std::string name;
  };
  // None is everything.
  std::vector<Column> columns;

  Item apply(const Item& item) const;
};

struct OrderKey {
  std::string attribute;
  bool descending;
};

struct Statement {
  Verb verb;
  std::string table;
  std::optional<std::string> index = std::nullopt;

  Selection selection = {};                               // SELECT
  std::vector<OrderKey> order = {};                       // SELECT
  std::optional<syntax::Predicate> where = std::nullopt;  // all but INSERT
  Item item = {};                                         // INSERT
  std::vector<syntax::Change> changes = {};               // UPDATE, never empty
  Returning returning = Returning::kNothing;              // UPDATE, DELETE
};

// `parameters` take the places of `?` in their order. "ValidationException": the text is no statement, what
// it says cannot be, or there are more or fewer places than parameters.
Result<Statement> parse_statement(std::string_view text, const List& parameters);

}  // namespace hearth::services::dynamodb::partiql
