#include "services/sqs/sender.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "services/sqs/digests.h"
#include "services/sqs/errors.h"

namespace hearth::services::sqs {
namespace {

using store::Key;

SentMessage answer(const std::string& id, const MessageRecord& record, const NewMessage& message, bool fifo) {
  return {.id = uuid_text(id),
          .body_md5 = record.body_md5,
          .attributes_md5 = attributes_digest(record.attributes),
          .system_attributes_md5 = attributes_digest(message.system_attributes),
          .sequence = fifo ? sequence_text(record.sequence) : std::string()};
}

}  // namespace

std::string new_message_id(Random& random) {
  std::string id(16, '\0');
  random.fill(std::as_writable_bytes(std::span(id)));
  constexpr int kVersion = 6, kVariant = 8;
  id[kVersion] = static_cast<char>((id[kVersion] & 0x0f) | 0x40);
  id[kVariant] = static_cast<char>((id[kVariant] & 0x3f) | 0x80);
  return id;
}

void place(store::Transaction& tx, const QueueRecord& queue, const MessageKey& key,
           const MessageRecord& record) {
  Contents contents(tx, queue);
  contents.messages.put(key.key(), record);
  if (queue.fifo) {
    tx.put_stamped_key(contents.order(record.group).bytes(), {}, store::encode(key));
    tx.put(contents.hint(record.visible_us + queue.delay_s * kSecondUs, record.group), {});
  } else {
    tx.put(contents.visible(record.visible_us, key), {});
  }
  count_in(tx, queue);
}

Async<SentMessage> Sender::send(store::Transaction& tx, QueueRef ref, NewMessage message) const {
  TRY(const QueueRecord queue, co_await require_queue(tx, std::move(ref)));
  TRY_VOID(check(message, queue));
  if (std::cmp_greater(message.size_bytes(), queue.size_max))
    co_return errors::message_too_long(queue.size_max);
  co_return co_await put(tx, queue, std::move(message));
}

Async<SentMessage> Sender::put(store::Transaction& tx, const QueueRecord& queue, NewMessage message) const {
  const MessageKey key{.since_us = parts_.moments.next_us(), .id = new_message_id(parts_.random)};
  MessageRecord record{.body_md5 = body_digest(message.body),
                       .attributes = message.attributes,
                       .sender_id = std::move(message.sender_id),
                       .group = message.group.value_or(""),
                       .sent_ms = key.since_us / 1000,
                       .visible_us = now_us(parts_.clock)};
  if (!message.system_attributes.empty()) record.trace = message.system_attributes.begin()->second.value;
  if (queue.fifo) {
    record.sequence = key.since_us;
    record.deduplication_id =
        message.deduplication_id ? *message.deduplication_id : hex_encode(sha256(message.body));
    Contents contents(tx, queue);
    const Key name(queue.by_group() ? record.group : std::string(), record.deduplication_id);
    TRY(const auto first, co_await contents.duplicates.get(name));
    if (first && key.since_us - first->sent_us < limits::kDeduplicationUs) {
      record.sequence = first->sequence;
      co_return answer(first->id, record, message, true);
    }
    contents.duplicates.put(name, {.id = key.id, .sequence = record.sequence, .sent_us = key.since_us});
    tx.put((contents.duplicate_ends() + Key(key.since_us) + name).bytes(), {});
  } else {
    record.visible_us += message.delay_s.value_or(queue.delay_s) * kSecondUs;
  }
  record.body = std::move(message.body);
  place(tx, queue, key, record);
  co_return answer(key.id, record, message, queue.fifo);
}

}  // namespace hearth::services::sqs
