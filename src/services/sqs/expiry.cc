#include "services/sqs/expiry.h"

#include "base/log.h"
#include "io/loop.h"
#include "services/sqs/limits.h"
#include "store/walk.h"

namespace hearth::services::sqs {
namespace {

using store::Isolation;
using store::Key;

constexpr std::chrono::minutes kTime(1);
constexpr size_t kRowsAtOnce = 200;

// A message that was never received stands where it was put: in a FIFO queue among the first of its group.
Async<void> erase_from_order(store::Transaction& tx, const Contents& contents, MessageKey message,
                             std::string group) {
  const Key order = contents.order(group);
  TRY(const store::Page page, co_await tx.scan({.range = order.under()}, Isolation::kSnapshot));
  for (const store::Row& row : page.rows) {
    TRY(const auto each, store::decode<MessageKey>(row.value));
    if (each != message) continue;
    tx.erase(row.key);
    break;
  }
  co_return {};
}

Async<void> erase_message(store::Transaction& tx, const QueueRecord& queue, MessageKey message,
                          std::string bytes) {
  Contents contents(tx, queue);
  TRY(const auto receipt, co_await contents.receipts.get(message.key()));
  TRY(const auto record, store::decode<MessageRecord>(bytes));
  if (queue.fifo) {
    TRY_VOID(co_await erase_from_order(tx, contents, message, record.group));
  } else {
    tx.erase(contents.visible(receipt ? receipt->visible_us : record.visible_us, message));
  }
  contents.receipts.erase(message.key());
  contents.messages.erase(message.key());
  count_out(tx, queue);
  co_return {};
}

// Some of what ended by the deduplication time; `ends` has the rows (time, name). `forget` (Contents&, name,
// time) has no state, and takes away what has that name and is of that time.
template <typename Forget>
Async<bool> expire_ends(Parts parts, QueueRef ref, Key (Contents::*ends)() const, Forget forget) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    TRY(const auto queue, co_await Tables(tx, ref).queues.get(Key(ref.name)));
    if (!queue || !queue->fifo) co_return false;
    Contents contents(tx, *queue);
    const Key table = (contents.*ends)();
    const int64_t end_us = now_us(parts.clock) - limits::kDeduplicationUs;
    TRY(const store::Page page,
        co_await tx.scan({.range = {.begin = table.under().begin, .end = (table + Key(end_us)).bytes()},
                          .rows_max = kRowsAtOnce},
                         Isolation::kSnapshot));
    for (const store::Row& row : page.rows) {
      store::KeyReader key(std::string_view(row.key).substr(table.bytes().size()));
      int64_t at_us = 0;
      TRY_VOID(key.read(at_us));
      TRY_VOID(co_await forget(contents, Key::from_bytes(std::string(key.rest())), at_us));
      tx.erase(row.key);
    }
    co_return page.more;
  };
  co_return co_await parts.store.transact(body);
}

}  // namespace

Task<void> Expiry::run() {
  for (;;) {
    const auto expired = co_await expire();
    if (!expired) log::error("old messages cannot be removed: {}", expired.error().message);
    co_await io::sleep_for(kTime);
  }
}

Async<void> Expiry::expire() {
  store::Walk walk(parts_.store, Key("sqs").under());
  const TimePoint long_ago = parts_.clock.now() - parts_.before_recreation;
  for (;;) {
    TRY(const auto rows, co_await walk.next());
    if (rows.empty()) co_return {};
    for (const store::Row& row : rows) {
      store::KeyReader key(row.key);
      std::string service, kind;
      QueueRef ref;
      for (std::string* part : {&service, &ref.account, &ref.region, &kind, &ref.name})
        TRY_VOID(key.read(*part));
      if (kind == "queue") {
        const auto expired = co_await expire_queue(ref);
        if (!expired)
          log::error("old messages of {} cannot be removed: {}", ref.arn(), expired.error().message);
      } else if (kind == "deleted") {
        TRY(const auto deleted, store::decode<DeletedRecord>(row.value));
        if (from_epoch_ms(deleted.at_ms) > long_ago) continue;
        auto forget = [&](store::Transaction& tx) -> Async<void> {
          tx.expect(row.key, row.value);
          tx.erase(row.key);
          co_return {};
        };
        (void)co_await parts_.store.transact(forget);
      }
    }
  }
}

Async<void> Expiry::expire_queue(QueueRef ref) {
  for (bool more = true; more;) {
    TRY(more, co_await expire_messages(ref));
  }
  for (bool more = true; more;) {
    TRY(more, co_await expire_duplicates(ref));
  }
  for (bool more = true; more;) {
    TRY(more, co_await expire_attempts(ref));
  }
  co_return {};
}

Async<bool> Expiry::expire_messages(QueueRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    TRY(const auto queue, co_await Tables(tx, ref).queues.get(Key(ref.name)));
    if (!queue) co_return false;
    const Key table = Contents(tx, *queue).base + Key("m");
    const int64_t end_us = now_us(parts_.clock) - queue->retention_s * kSecondUs;
    TRY(const store::Page page,
        co_await tx.scan({.range = {.begin = table.under().begin, .end = (table + Key(end_us + 1)).bytes()},
                          .rows_max = kRowsAtOnce},
                         Isolation::kSnapshot));
    for (const store::Row& row : page.rows) {
      TRY(auto parts, (store::parse_key<int64_t, store::Bytes>(row.key.substr(table.bytes().size()))));
      TRY_VOID(co_await erase_message(
          tx, *queue, {.since_us = std::get<0>(parts), .id = std::move(std::get<1>(parts).bytes)},
          row.value));
    }
    co_return page.more;
  };
  co_return co_await parts_.store.transact(body);
}

Async<bool> Expiry::expire_duplicates(QueueRef ref) {
  const auto forget = [](Contents& contents, Key name, int64_t sent_us) -> Async<void> {
    TRY(const auto first, co_await contents.duplicates.get(name));
    if (first && first->sent_us == sent_us) contents.duplicates.erase(name);
    co_return {};
  };
  return expire_ends(parts_, std::move(ref), &Contents::duplicate_ends, forget);
}

Async<bool> Expiry::expire_attempts(QueueRef ref) {
  const auto forget = [](Contents& contents, Key name, int64_t at_us) -> Async<void> {
    TRY(const auto attempt, co_await contents.attempts.get(name));
    if (attempt && attempt->at_us == at_us) contents.attempts.erase(name);
    co_return {};
  };
  return expire_ends(parts_, std::move(ref), &Contents::attempt_ends, forget);
}

}  // namespace hearth::services::sqs
