// Lets go of events that are older than their group's retention. A stream whose events are all gone stays,
// and shows no event times any more.
//
// Threads: one loop.
#pragma once
#include "base/clock.h"
#include "store/store.h"

namespace hearth::services::logs {

class Retention {
 public:
  Retention(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Looks through all groups, once an hour.
  Task<void> run();
  // Looks through them once. What fails in one group is logged and does not keep others from their turn.
  Async<void> expire();

  // Events of before this moment are gone, or about to go.
  static int64_t begin_ms(int64_t now_ms, int64_t retention_days);

 private:
  struct Group;

  Async<void> expire_region(std::string account, std::string region);
  Async<void> expire_group(Group group);
  Async<std::string> update_streams(const Group& group, std::string after);

  store::Store& store_;
  const Clock& clock_;
};

}  // namespace hearth::services::logs
