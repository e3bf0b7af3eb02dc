// Fills global indexes that were added to tables with the items that were there before, a few hundred in a
// transaction; and the rows of times to live of a table that has just got one (expiry.h), in the same way.
// What is written meanwhile before the place that was reached goes into the index at once, what lies behind
// it waits for its turn (item_store.cc): each entry is put once.
//
// An index that is to be filled is a row, written by whoever added the index; so it is filled after a crash,
// too.
//
// Threads: the loop that run() is on.
#pragma once
#include "delivery/row_work.h"
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

class IndexFiller {
 public:
  explicit IndexFiller(const Parts& parts) : parts_(parts) {}
  IndexFiller(const IndexFiller&) = delete;

  // Within the transaction that adds the index.
  static void ask(store::Transaction& tx, const TableRef& ref);

  // Until its scope ends.
  Task<void> run();

 private:
  Async<delivery::Progress> step(TableRef ref);

  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
