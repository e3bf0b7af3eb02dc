// Between an environment and who hands out its time.
#pragma once
#include <chrono>

#include "execution/concurrency.h"
#include "execution/invocation.h"
#include "io/future.h"

namespace hearth::execution {

struct Job {
  Invocation invocation;
  io::Promise<Outcome> answer;
  Concurrency::Permit permit;

  // The caller gets its answer.
  void finish(Outcome outcome) {
    permit.release();
    if (invocation.stream) invocation.stream->end();
    answer.set(std::move(outcome));
  }
};

// Who hands out an environment's time: each has one of its own. All calls come from the environment's loop.
class EnvironmentOwner {
 public:
  virtual ~EnvironmentOwner() = default;
  // It could not be made; nothing ran, and it takes no job. The outcome is for those that wait for it.
  virtual void failed(Outcome outcome) = 0;
  // Its first init has ended, well or not; in either case it takes jobs. Whether it took the AWS SDK.
  virtual void initialized(bool well, bool took_sdk) = 0;
  // Its caller has the answer; the runtime will ask for more in a moment.
  virtual void returning() = 0;
  // Its sandbox died while it was idle: another must do this job, of which nothing ran.
  virtual void returned(Job job) = 0;
  // It takes a job now; one that serves many at once says so for each.
  virtual void idle() = 0;
  // How long one that is idle from now on waits for its next job.
  virtual std::chrono::nanoseconds keep_time() const = 0;
  // It has been idle for long and wants to go: false when a job is on its way to it. Of those it has, nobody
  // waits for so many that are `overdue`.
  virtual bool leave(size_t overdue = 0) = 0;
  // It takes no more. How much it was given, jobs and its dismissal, and has not been idle again since.
  virtual size_t withdraw() = 0;
};

}  // namespace hearth::execution
