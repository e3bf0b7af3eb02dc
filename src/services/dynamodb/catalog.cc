#include "services/dynamodb/catalog.h"

#include <algorithm>

#include "services/dynamodb/errors.h"

namespace hearth::services::dynamodb {

const IndexRecord* Table::index(std::string_view name) const {
  const auto found = std::ranges::find(record.indexes, name, &IndexRecord::name);
  return found == record.indexes.end() ? nullptr : &*found;
}

bool Table::has_local_index() const {
  return std::ranges::any_of(record.indexes, &IndexRecord::local);
}

Async<TablePtr> Catalog::find(store::Transaction& tx, TableRef ref) const {
  const std::string key = ref.key().bytes();
  TRY(auto bytes, co_await tx.get(key));
  if (!bytes) co_return TablePtr();
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(key);
    if (found != kept_.end() && found->second.bytes == *bytes) co_return found->second.table;
  }
  TRY(auto record, store::decode<TableRecord>(*bytes));
  auto table = std::make_shared<const Table>(Table{.ref = std::move(ref), .record = std::move(record)});
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kKeptMax) kept_.clear();
  kept_.insert_or_assign(key, Kept{.bytes = *std::move(bytes), .table = table});
  co_return table;
}

Async<TablePtr> Catalog::require(store::Transaction& tx, TableRef ref) const {
  TRY(auto table, co_await find(tx, std::move(ref)));
  if (!table || table->record.status == TableStatus::kCreating) co_return errors::no_table();
  co_return table;
}

Async<TablePtr> Catalog::require_by_name(store::Transaction& tx, TableRef ref) const {
  const std::string name = ref.name;
  TRY(auto table, co_await find(tx, std::move(ref)));
  if (!table) co_return errors::no_table(name);
  co_return table;
}

}  // namespace hearth::services::dynamodb
