// Reads everything that is kept of objects from time to time, slowly and while little else is read, so that
// what a disk has lost is known before it is needed.
//
// Threads: run() on one loop; the counters on any.
#pragma once
#include <atomic>
#include <chrono>

#include "base/clock.h"
#include "services/s3/inspection.h"

namespace hearth::services::s3 {

class Scrubber {
 public:
  // All outlive it. Between the end of a pass and the next one lies `interval`; with none of it nothing is
  // done.
  Scrubber(store::Store& store, Bodies& bodies, const Clock& clock, std::chrono::seconds interval)
      : store_(store), bodies_(bodies), clock_(clock), interval_(interval), inspection_(store, bodies) {}

  // Until its scope ends.
  Task<void> run();
  // Since the server started.
  uint64_t verified() const { return verified_; }
  uint64_t damaged() const { return damaged_; }

 private:
  Async<void> pass();
  Task<void> wait_for_rest();
  Async<TimePoint> last_pass();
  Async<void> note_pass();

  store::Store& store_;
  Bodies& bodies_;
  const Clock& clock_;
  std::chrono::seconds interval_;
  Inspection inspection_;
  std::atomic<uint64_t> verified_ = 0;
  std::atomic<uint64_t> damaged_ = 0;
};

}  // namespace hearth::services::s3
