// Messages that were received too often go to another queue.
#pragma once
#include "services/sqs/parts.h"
#include "services/sqs/queue_ref.h"

namespace hearth::services::sqs {

class DeadLetters {
 public:
  // Reads where the messages of a queue go that are given up, once for a transaction.
  static Async<DeadLetters> of(store::Transaction& tx, const QueueRecord& source, std::string source_arn);

  // Whether a message that was received so often from this queue is given up at its next receive. Where there
  // is no queue to take it, it stays.
  bool take(const ReceiptRecord& receipt) const {
    return target_ && receipt.receives - receipt.receives_elsewhere >= receives_max_;
  }
  // Puts the message into the other queue and gives the bytes that it has; the caller takes it out of its
  // own. It keeps its id, its attributes and the count of its receives; in a standard queue its age too.
  // `now` is from when on it may be received, and in a FIFO queue the beginning of its age.
  struct Now {
    int64_t moment_us;
    int64_t since_us;
  };
  Async<size_t> put(store::Transaction& tx, const QueueRecord& source, MessageKey key, ReceiptRecord receipt,
                    Now now) const;

 private:
  std::optional<QueueRecord> target_;
  int64_t receives_max_ = 0;
  std::string source_arn_;
};

}  // namespace hearth::services::sqs
