// What callers are told of a table.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/catalog.h"

namespace hearth::services::dynamodb {

// How much is in the table and, by name, in its indexes.
struct TableCounts {
  Counts table;
  std::map<std::string, Counts> indexes;
};
Async<TableCounts> table_counts(store::Transaction& tx, TablePtr table);

api::dynamodb::TableDescription describe(const Table& table, const TableCounts& counts);
// Of a table that has just been changed: what is about to go is still told.
api::dynamodb::TableDescription describe_changed(const Table& before, const Table& after,
                                                 const TableCounts& counts);
// Of a table that has just been made, or is about to go: less is told, and nothing has been counted.
api::dynamodb::TableDescription describe_new(const Table& table);
api::dynamodb::TableDescription describe_gone(const Table& table, const TableCounts& counts);

// As a list of key elements, which tables and streams have a shape each for.
template <typename Element>
std::vector<Element> elements_of(const KeySchema& keys) {
  std::vector<Element> elements;
  for (const auto& attribute : keys.hash)
    elements.push_back({.attribute_name = attribute.name, .key_type = "HASH"});
  for (const auto& attribute : keys.range)
    elements.push_back({.attribute_name = attribute.name, .key_type = "RANGE"});
  return elements;
}

std::string stream_arn(const TableRef& ref, const std::string& label);

}  // namespace hearth::services::dynamodb
