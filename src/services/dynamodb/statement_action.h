// Statements of PartiQL as what they do: those that write as actions on items, those that read as pages.
#pragma once
#include <string>

#include "services/dynamodb/item_action.h"
#include "services/dynamodb/page_reader.h"
#include "services/dynamodb/partiql/statement.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

// A statement that was read, and what it is about.
struct Prepared {
  partiql::Statement statement;
  TableRef table;
  // The statement and its parameters as they came, which policies may look at.
  json::object input;

  bool reads() const { return statement.verb == partiql::Verb::kSelect; }
  // "dynamodb:PartiQLSelect", and on what. The statement outlives it.
  wire::Permission permission() const;
};
// "ValidationException". `parameters` are values' JSON.
Result<Prepared> prepare(const wire::Call& call, const std::string& text,
                         const std::optional<std::vector<std::string>>& parameters);

// What a statement that does not read does to its table. "ValidationException" when it does not name one
// item.
Result<ItemAction> action_of(const Prepared& prepared, const Table& table, bool tell_item_on_failure);
// What it returns, if anything; the JSON of an item.
std::optional<std::string> returned(const Prepared& prepared, const ItemAction& action,
                                    const ActionOutcome& outcome);

// A page of a SELECT. `from` is the `next` of the page before; empty for the first.
struct SelectPage {
  std::string items;
  std::string next;
  std::optional<std::string> last_key;
  Units units;
};
Async<SelectPage> select(store::Transaction& tx, Throughput& throughput, TablePtr table,
                         const Prepared& prepared, ReadKind kind, std::optional<int32_t> limit,
                         std::string from);
// Of a SELECT that must name one item by its whole key: its JSON, if it is there.
struct SelectedItem {
  std::optional<std::string> item;
  double units = 0;
};
Async<SelectedItem> select_one(store::Transaction& tx, Throughput& throughput, TablePtr table,
                               const Prepared& prepared, ReadKind kind);

}  // namespace hearth::services::dynamodb
