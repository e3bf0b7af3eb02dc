// What may be done with a message that was received: let go of it, or change how long it is one's own.
#pragma once
#include "services/sqs/handles.h"
#include "services/sqs/parts.h"

namespace hearth::services::sqs {

// Takes a message that is in flight out of its queue.
Async<void> take_out(store::Transaction& tx, const QueueRecord& queue, MessageKey message,
                     ReceiptRecord receipt, int64_t moment_us);

class Receipts {
 public:
  Receipts(const Clock& clock, const Handles& handles) : clock_(clock), handles_(handles) {}

  // Success too when it is gone already. Standard queues take the handle of any receive, FIFO queues the last
  // one's, in its time.
  Async<void> remove(store::Transaction& tx, const QueueRecord& queue, std::string handle) const;
  // For so many seconds from now on; 0: at once.
  Async<void> change_visibility(store::Transaction& tx, const QueueRecord& queue, std::string handle,
                                int64_t seconds) const;

 private:
  const Clock& clock_;
  const Handles& handles_;
};

}  // namespace hearth::services::sqs
