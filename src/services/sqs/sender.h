// Puts messages into queues, within a transaction of whoever sends: for SendMessage, and for services that
// hand an event to a queue. The rules are the same: size, characters, delay, groups, deduplication. Whether
// the sender may is asked before.
//
// Threads: any.
#pragma once
#include "services/sqs/message.h"
#include "services/sqs/parts.h"
#include "services/sqs/queue_ref.h"

namespace hearth::services::sqs {

class Sender {
 public:
  explicit Sender(Parts parts) : parts_(parts) {}

  // Errors: those of SendMessage ("QueueDoesNotExist", "InvalidParameterValueException", …) and of the store.
  Async<SentMessage> send(store::Transaction& tx, QueueRef queue, NewMessage message) const;
  // To a queue that this transaction has read, a message that was checked.
  Async<SentMessage> put(store::Transaction& tx, const QueueRecord& queue, NewMessage message) const;

 private:
  Parts parts_;
};

// 16 bytes of a UUID.
std::string new_message_id(Random& random);

// Makes a message part of a queue: of a standard queue from `record.visible_us` on.
void place(store::Transaction& tx, const QueueRecord& queue, const MessageKey& key,
           const MessageRecord& record);

}  // namespace hearth::services::sqs
