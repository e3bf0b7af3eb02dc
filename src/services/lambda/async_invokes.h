// Asynchronous invokes: stored before the caller has its 202, run from a durable queue, tried again after
// errors, and reported to destinations.
#pragma once
#include "delivery/queue.h"
#include "services/lambda/destination_record.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

class AsyncInvokes {
 public:
  explicit AsyncInvokes(Parts& parts);

  // Stores the event; durable when it succeeds.
  Async<void> enqueue(FunctionRef ref, execution::Invocation invocation);
  // The same as part of a transaction.
  void enqueue(store::Transaction& tx, const FunctionRef& ref, const execution::Invocation& invocation);

  // Works the queue until its scope ends.
  Task<void> run();

 private:
  struct Event;  // what the queue keeps of an invoke

  Task<delivery::Verdict> deliver(delivery::Message message);
  Task<delivery::Verdict> attempt(Event event, std::string payload);
  // The event is over with an execution that begins.
  delivery::Verdict start_durable(const Event& event, TargetPtr target, std::string payload);
  Async<AsyncConfigRecord> config_of(FunctionRef ref);
  // After an outcome of the function: over, or once more later.
  delivery::Verdict judge(Event event, Finished finished, const AsyncConfigRecord& config,
                          const std::string& dead_letter_arn);
  // The event is over: what remains is to tell whom it concerns, together with its end.
  delivery::Verdict finish(const Finished& finished, const AsyncConfigRecord& config,
                           const std::string& dead_letter_arn);
  // Not tried: throttled, or the platform failed. Waits longer each time, but not beyond the event's end.
  delivery::Verdict put_back(Event event, TimePoint expiry) const;

  Parts& parts_;
  delivery::Queue queue_;
};

}  // namespace hearth::services::lambda
