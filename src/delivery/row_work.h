// Work that waits in rows of the store: a transaction writes a row beside what it changes, and soon after it
// the row's work is done, which ends by erasing the row. So a crash delays it and loses nothing. Rows have
// their turns one after the other, so that one with much to do keeps no other waiting.
//
// Threads: the loop that it is on.
#pragma once
#include <functional>
#include <string>

#include "store/store.h"

namespace hearth::delivery {

// Whether a row has more to do: nothing before a row is written again, now, or once some time has passed.
enum class Progress : uint8_t { kDone, kMore, kLater };

struct RowWork {
  std::string what;    // "a signing job", for the log
  store::Key rows;     // the keys begin with it
  size_t at_once = 1;  // rows whose work is done at a time
  // Does the work of the row with that key, or a part of it, and erases it with the last. When it fails, the
  // row's turn comes again: after one second, then after twice as long each time, up to 16. `tries` counts
  // from 1 since it last did not.
  std::function<Async<Progress>(std::string key, int tries)> work;
};

// Until its scope ends. The store outlives the task.
Task<void> do_rows(store::Store& store, const Clock& clock, RowWork work);

}  // namespace hearth::delivery
