// Work that waits in rows of the store: a transaction writes a row beside what it changes, and soon after it
// the row's work is done, which ends by erasing the row. So a crash delays it and loses nothing.
//
// Threads: the loop that it is on.
#pragma once
#include <functional>
#include <string>

#include "store/store.h"

namespace hearth::delivery {

struct RowWork {
  std::string what;    // "a signing job", for the log
  store::Key rows;     // the keys begin with it
  size_t at_once = 1;  // rows whose work is done at a time
  // Does the work of the row with that key and erases it. When it fails, the row's turn comes again: after
  // one second, then after twice as long each time, up to 16; others do not wait for it. `tries` counts from
  // 1 since the work was done last. A row that is there still, or again, has another turn.
  std::function<Async<void>(std::string key, int tries)> work;
};

// Until its scope ends. The store outlives the task.
Task<void> do_rows(store::Store& store, const Clock& clock, RowWork work);

}  // namespace hearth::delivery
