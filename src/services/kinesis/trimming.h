// Lets go of records that are older than their stream keeps, and of closed shards that have none left. Nobody
// is given such a record before, either: readers look at its age.
//
// Threads: one loop.
#pragma once
#include "services/kinesis/parts.h"
#include "services/kinesis/stream_ref.h"

namespace hearth::services::kinesis {

class Trimming {
 public:
  explicit Trimming(const Parts& parts) : parts_(parts) {}
  // Once a minute, until its scope ends.
  Task<void> run();
  // Looks through all streams once. What fails in one is logged.
  Async<void> trim();

 private:
  Async<void> trim_stream(StreamRef ref);

  const Parts& parts_;
};

}  // namespace hearth::services::kinesis
