// Copies of tables: into backups, out of backups and tables into tables that are restored, and for exports.
//
// Items are copied page by page, each in a transaction of its own, while others write. Afterwards the table's
// log is walked backwards, and every change that came after the moment that is wanted is taken back in the
// copy: what an item was before its first change since is what it was then. So no reader needs to hold an old
// state of the store, and a copy goes on after a crash where it stood.
//
// Threads: the loop that run() is on.
#pragma once
#include "delivery/row_work.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

class TableCopies {
 public:
  explicit TableCopies(const Parts& parts) : parts_(parts) {}
  TableCopies(const TableCopies&) = delete;

  // Within the transaction that makes what the copy goes to, whose items will lie under `number`, and, where
  // the source is a table, holds its log.
  static void ask(store::Transaction& tx, uint64_t number, const CopyRecord& copy);
  // Whether something is being copied from there.
  static Async<bool> in_use(store::Transaction& tx, uint64_t source_number);

  // Until its scope ends.
  Task<void> run();

 private:
  Async<delivery::Progress> step(uint64_t number);

  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
