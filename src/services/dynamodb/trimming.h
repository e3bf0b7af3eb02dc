// Lets go of what is over: changes that streams tell no more and tables cannot be restored by, streams that
// ended and have none left, and tokens of transactions that may not be asked for again. Nobody is given such
// things before, either: readers look at their age.
//
// Threads: the loop that run() is on.
#pragma once
#include "services/dynamodb/parts.h"

namespace hearth::services::dynamodb {

class Trimming {
 public:
  explicit Trimming(const Parts& parts) : parts_(parts) {}
  Trimming(const Trimming&) = delete;

  // Once a minute, until its scope ends.
  Task<void> run();
  Async<void> trim();

 private:
  Async<void> trim_stream(store::Row row);
  Async<void> trim_logs();
  Async<void> trim_tokens();

  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
