// Tables by name, within transactions. What a record says is worked out once for each content that it had: a
// request reads the record's bytes, which makes it conflict with whoever changes the table meanwhile, and
// takes the rest from memory.
//
// Threads: any.
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>

#include "services/dynamodb/records.h"
#include "services/dynamodb/table_ref.h"

namespace hearth::services::dynamodb {

struct Table {
  TableRef ref;
  TableRecord record;

  const KeySchema& keys() const { return record.keys; }
  // Null when there is none of that name.
  const IndexRecord* index(std::string_view name) const;
  bool has_local_index() const;
};

// Shared by the requests under way and the catalog. Immutable.
using TablePtr = std::shared_ptr<const Table>;

class Catalog {
 public:
  // Null when there is none.
  Async<TablePtr> find(store::Transaction& tx, TableRef ref) const;
  // For calls that read and write items: "ResourceNotFoundException", also while the table is being restored.
  Async<TablePtr> require(store::Transaction& tx, TableRef ref) const;
  // For calls that manage tables: the same, which names the table.
  Async<TablePtr> require_by_name(store::Transaction& tx, TableRef ref) const;

 private:
  static constexpr size_t kKeptMax = 4096;
  struct Kept {
    std::string bytes;
    TablePtr table;
  };

  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, Kept> kept_;
};

}  // namespace hearth::services::dynamodb
