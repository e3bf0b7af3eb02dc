// Lets go of what is over: messages that are older than their queue keeps them, deduplication ids and
// attempts of more than five minutes ago, names that may be given again. Nobody is given such a message
// before, either: claims look at its age.
//
// Threads: one loop.
#pragma once
#include "services/sqs/parts.h"
#include "services/sqs/queue_ref.h"

namespace hearth::services::sqs {

class Expiry {
 public:
  explicit Expiry(Parts parts) : parts_(parts) {}
  // Once a minute, until its scope ends.
  Task<void> run();
  // Looks through all queues once. What fails in one is logged.
  Async<void> expire();

 private:
  Async<void> expire_queue(QueueRef ref);
  // Some of what is over; false when there was nothing more.
  Async<bool> expire_messages(QueueRef ref);
  Async<bool> expire_duplicates(QueueRef ref);
  Async<bool> expire_attempts(QueueRef ref);

  Parts parts_;
};

}  // namespace hearth::services::sqs
