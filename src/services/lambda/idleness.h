// Idleness: functions that nobody has invoked for long become Inactive. They hold no memory, and no unpacked
// code; the next invoke makes a version Active again, which for one with a snapshot takes a new one first.
#pragma once
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

class Idleness {
 public:
  // `after`: how long without an invoke or a change.
  Idleness(Parts& parts, std::chrono::seconds after) : parts_(parts), after_(after) {}

  // Runs until the scope it is spawned in ends.
  Task<void> run();

 private:
  Async<void> look();
  // What of the function has not changed since then.
  Async<void> rest(FunctionRef ref, TimePoint before);

  Parts& parts_;
  const std::chrono::seconds after_;
};

// Whether the function can run: fails as check_invocable() does. One that was Inactive is on its way back, if
// not there, when this is done. `version` outlives the call.
Async<void> make_invocable(Parts& parts, FunctionRef ref, const VersionRecord& version);

}  // namespace hearth::services::lambda
