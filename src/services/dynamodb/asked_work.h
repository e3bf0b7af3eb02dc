// The loop of work that waits in rows: what a transaction asks for by a row of its own is done soon after it.
//
// Threads: the loop that it is on.
#pragma once
#include <functional>

#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

struct AskedWork {
  store::Key rows;      // all keys begin with it
  std::string trouble;  // "indexes cannot be filled", for the log
  // Does what is asked for and can be done now; whether there is more that can be done later.
  std::function<Async<bool>()> run;
};

// Until its scope ends: does the work whenever one of the rows is written, and again a little later where it
// fails or leaves something for then. The parts outlive the task.
Task<void> do_when_asked(const Parts& parts, AskedWork work);

}  // namespace hearth::services::dynamodb
