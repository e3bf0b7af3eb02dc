#include "services/sqs/receipts.h"

#include <algorithm>

#include "services/sqs/errors.h"

namespace hearth::services::sqs {
namespace {

using store::Key;

// Takes a message out of its group, or gives it another time; a negative time takes it out.
Async<void> change_group(store::Transaction& tx, const QueueRecord& queue, std::string name,
                         MessageKey message, int64_t until_us, int64_t moment_us) {
  Contents contents(tx, queue);
  TRY(auto stored, co_await contents.groups.get(Key(name)));
  GroupRecord group = std::move(stored).value_or(GroupRecord{});
  int64_t last_us = 0;
  for (auto& each : group.in_flight) {
    if (each.message == message) each.until_us = until_us;
    last_us = std::max(last_us, each.until_us);
  }
  std::erase_if(group.in_flight, [&](const auto& each) { return each.until_us <= moment_us; });
  if (group.in_flight.empty()) {
    contents.groups.erase(Key(name));
  } else {
    contents.groups.put(Key(name), group);
  }
  tx.put(contents.hint(std::max(last_us, moment_us), name), {});
  count_in(tx, queue, 0);
  co_return {};
}

}  // namespace

Async<void> take_out(store::Transaction& tx, const QueueRecord& queue, MessageKey message,
                     ReceiptRecord receipt, int64_t moment_us) {
  Contents contents(tx, queue);
  if (queue.fifo) {
    tx.erase((contents.order(receipt.group) + Key(receipt.stamp)).bytes());
    TRY_VOID(co_await change_group(tx, queue, receipt.group, message, -1, moment_us));
  } else {
    tx.erase(contents.visible(receipt.visible_us, message));
  }
  contents.receipts.erase(message.key());
  contents.messages.erase(message.key());
  count_out(tx, queue);
  co_return {};
}

Async<void> Receipts::remove(store::Transaction& tx, const QueueRecord& queue, std::string text) const {
  TRY(const Handle handle, handles_.open(text, queue));
  if (handle.contents != queue.contents) co_return {};
  TRY(const auto receipt, co_await Contents(tx, queue).receipts.get(handle.message.key()));
  if (!receipt) co_return {};
  const int64_t moment_us = now_us(clock_);
  const bool current = receipt->receives == handle.receives && receipt->visible_us > moment_us;
  if (queue.fifo && !current) co_return errors::expired_handle(text);
  co_return co_await take_out(tx, queue, handle.message, *receipt, moment_us);
}

Async<void> Receipts::change_visibility(store::Transaction& tx, const QueueRecord& queue, std::string text,
                                        int64_t seconds) const {
  TRY(const Handle handle, handles_.open(text, queue));
  if (handle.contents != queue.contents) co_return errors::not_in_flight(text);
  Contents contents(tx, queue);
  const Key key = handle.message.key();
  TRY(auto receipt, co_await contents.receipts.get(key));
  if (!receipt) co_return errors::not_in_flight(text);
  const int64_t moment_us = now_us(clock_);
  const bool current = receipt->receives == handle.receives && receipt->visible_us > moment_us;
  if (queue.fifo && !current) co_return errors::not_in_flight(text);
  const int64_t old_us = receipt->visible_us;
  receipt->visible_us = moment_us + seconds * kSecondUs;
  if (receipt->visible_us - receipt->last_ms * 1000 > limits::kVisibilityMaxS * kSecondUs) {
    co_return errors::visible_for_too_long(seconds);
  }
  if (queue.fifo) {
    TRY_VOID(
        co_await change_group(tx, queue, receipt->group, handle.message, receipt->visible_us, moment_us));
  } else {
    tx.erase(contents.visible(old_us, handle.message));
    tx.put(contents.visible(receipt->visible_us, handle.message), std::string(kInFlight));
    count_in(tx, queue, 0);
  }
  contents.receipts.put(key, *receipt);
  co_return {};
}

}  // namespace hearth::services::sqs
