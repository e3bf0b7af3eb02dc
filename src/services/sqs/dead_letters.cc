#include "services/sqs/dead_letters.h"

#include "services/sqs/sender.h"

namespace hearth::services::sqs {

Async<DeadLetters> DeadLetters::of(store::Transaction& tx, const QueueRecord& source,
                                   std::string source_arn) {
  DeadLetters made;
  const auto ref = QueueRef::of_arn(source.dead_letter_arn);
  if (!ref) co_return made;
  TRY(auto target, co_await Tables(tx, *ref).queues.get(store::Key(ref->name)));
  if (target && target->fifo == source.fifo) made.target_ = std::move(target);
  made.receives_max_ = source.receives_max;
  made.source_arn_ = std::move(source_arn);
  co_return made;
}

Async<size_t> DeadLetters::put(store::Transaction& tx, const QueueRecord& source, MessageKey key,
                               ReceiptRecord receipt, Now now) const {
  TRY(auto record, co_await Contents(tx, source).messages.get(key.key(), store::Isolation::kSnapshot));
  if (!record) co_return size_t{0};
  record->source_arn = source_arn_;
  record->visible_us = now.moment_us;
  if (target_->fifo) key.since_us = now.since_us;
  place(tx, *target_, key, *record);
  receipt.visible_us = now.moment_us;
  receipt.receives_elsewhere = receipt.receives;
  Contents(tx, *target_).receipts.put(key.key(), receipt);
  co_return record->body.size();
}

}  // namespace hearth::services::sqs
