#include "services/sqs/attempts.h"

#include "services/sqs/limits.h"

namespace hearth::services::sqs {
namespace {

using store::Key;

// Whether the receipt is as the attempt left it, and its time not up.
bool is_untouched(const AttemptRecord::Given& given, const std::optional<ReceiptRecord>& receipt,
                  int64_t moment_us) {
  return receipt && receipt->receives == given.receives && receipt->visible_us == given.visible_us &&
         receipt->visible_us > moment_us;
}

}  // namespace

Async<std::optional<Received>> Attempts::again(QueueRef ref, std::string attempt,
                                               std::optional<int64_t> visibility_s) const {
  using Found = std::optional<Received>;
  auto body = [&](store::Transaction& tx) -> Async<Found> {
    TRY(const QueueRecord queue, co_await require_queue(tx, ref));
    Contents contents(tx, queue);
    const int64_t moment_us = now_us(parts_.clock);
    TRY(auto record, co_await contents.attempts.get(Key(attempt)));
    if (!record || record->at_us + limits::kDeduplicationUs <= moment_us) co_return Found();
    for (const auto& given : record->given) {
      TRY(const auto receipt, co_await contents.receipts.get(given.message.key()));
      if (!is_untouched(given, receipt, moment_us)) co_return Found();
    }
    Received received{.contents = queue.contents};
    for (auto& given : record->given) {
      const std::string handle = handles_.seal({.queue = queue.id,
                                                .contents = queue.contents,
                                                .message = given.message,
                                                .receives = given.receives});
      TRY_VOID(
          co_await receipts_.change_visibility(tx, queue, handle, visibility_s.value_or(queue.visibility_s)));
      TRY(auto receipt, co_await contents.receipts.get(given.message.key()));
      given.visible_us = receipt->visible_us;
      received.claims.push_back({.message = given.message, .receipt = *std::move(receipt)});
    }
    contents.attempts.put(Key(attempt), *record);
    co_return received;
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> Attempts::keep(QueueRef ref, std::string attempt, const Received& received) const {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const QueueRecord queue, co_await require_queue(tx, ref));
    if (queue.contents != received.contents) co_return {};  // purged meanwhile
    Contents contents(tx, queue);
    AttemptRecord record{.at_us = now_us(parts_.clock)};
    for (const Claim& claim : received.claims) {
      record.given.push_back({.message = claim.message,
                              .receives = claim.receipt.receives,
                              .visible_us = claim.receipt.visible_us});
    }
    contents.attempts.put(Key(attempt), record);
    tx.put((contents.attempt_ends() + Key(record.at_us, attempt)).bytes(), {});
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::sqs
