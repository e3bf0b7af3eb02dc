// Receives that may be tried again (ReceiveRequestAttemptId): a receiver of a FIFO queue that lost the answer
// asks with the same id, and is given the same messages, with the same handles, for another while.
//
// An attempt is written after its messages were claimed and before they are told: a crash between leaves them
// in flight until their time is up, as without an id.
#pragma once
#include <optional>

#include "services/sqs/receipts.h"
#include "services/sqs/receivers.h"

namespace hearth::services::sqs {

class Attempts {
 public:
  Attempts(Parts parts, const Handles& handles, const Receipts& receipts)
      : parts_(parts), handles_(handles), receipts_(receipts) {}

  // What the attempt was given, where that was not long ago and nothing has happened to any of it since.
  Async<std::optional<Received>> again(QueueRef ref, std::string attempt,
                                       std::optional<int64_t> visibility_s) const;
  Async<void> keep(QueueRef ref, std::string attempt, const Received& received) const;

 private:
  Parts parts_;
  const Handles& handles_;
  const Receipts& receipts_;
};

}  // namespace hearth::services::sqs
