#include "services/sqs/claims.h"

#include <algorithm>

#include "services/sqs/limits.h"

namespace hearth::services::sqs {
namespace {

using store::Isolation;
using store::Key;

constexpr size_t kRowsMax = 256;

struct Visible {
  std::string row;
  MessageKey message;
  int64_t at_us = 0;
};

Result<std::vector<Visible>> visible_of(const Contents& contents, const store::Page& page) {
  std::vector<Visible> found;
  const size_t prefix = contents.visible().bytes().size();
  for (const store::Row& row : page.rows) {
    TRY_SYNC(auto parts, (store::parse_key<int64_t, int64_t, store::Bytes>(row.key.substr(prefix))));
    found.push_back({.row = row.key,
                     .message = {.since_us = std::get<1>(parts), .id = std::move(std::get<2>(parts).bytes)},
                     .at_us = std::get<0>(parts)});
  }
  return found;
}

Async<std::vector<ReceiptRecord>> receipts_of(store::Transaction& tx, const Contents& contents,
                                              const std::vector<Visible>& messages) {
  std::vector<std::string> keys;
  const Key table = contents.base + Key("s");
  for (const Visible& each : messages) keys.push_back((table + each.message.key()).bytes());
  TRY(const auto rows, co_await tx.multi_get(std::move(keys)));
  std::vector<ReceiptRecord> receipts(messages.size());
  for (size_t at = 0; at < rows.size(); ++at) {
    if (!rows[at]) continue;
    TRY(receipts[at], store::decode<ReceiptRecord>(*rows[at]));
  }
  co_return receipts;
}

}  // namespace

size_t Hand::left() const {
  size_t left = 0;
  for (size_t at = at_; at < wants_.size(); ++at) left += wants_[at].count - claims_.of_want[at].size();
  return left;
}

int64_t Hand::visibility_us(const QueueRecord& queue) const {
  return wants_[at_].visibility_s.value_or(queue.visibility_s) * kSecondUs;
}

void Hand::give(Claim claim) {
  claims_.of_want[at_].push_back(std::move(claim));
  ++claims_.count;
  skip();
}

ReceiptRecord ClaimWork::received(ReceiptRecord receipt) const {
  receipt.visible_us = moment_us + hand.visibility_us(queue);
  ++receipt.receives;
  receipt.last_ms = moment_us / 1000;
  if (receipt.first_ms == 0) receipt.first_ms = receipt.last_ms;
  return receipt;
}

Async<bool> ClaimWork::let_go(MessageKey message, ReceiptRecord receipt) {
  if (!expired(message)) {
    if (!dead_letters.take(receipt)) co_return false;
    constexpr size_t kBytesMax = 4 << 20;
    full = given_up_bytes >= kBytesMax;
    if (full) co_return true;
    TRY(const size_t bytes,
        co_await dead_letters.put(tx, queue, message, std::move(receipt),
                                  {.moment_us = moment_us, .since_us = moments.next_us()}));
    given_up_bytes += bytes;
  }
  Contents contents(tx, queue);
  contents.receipts.erase(message.key());
  contents.messages.erase(message.key());
  count_out(tx, queue);
  co_return true;
}

// Rows are looked at as they were when the transaction began: who claims a message or deletes it writes its
// receipt, which is read as it will be at the commit.
Async<void> claim_standard(ClaimWork& work) {
  store::Transaction& tx = work.tx;
  Contents contents(tx, work.queue);
  const store::KeyRange ripe{.begin = (contents.visible() + Key(work.from_us)).bytes(),
                             .end = (contents.visible() + Key(work.moment_us + 1)).bytes()};
  TRY(const store::Page page,
      co_await tx.scan({.range = ripe, .rows_max = std::min(work.hand.left(), kRowsMax)},
                       Isolation::kSnapshot));
  TRY(const auto messages, visible_of(contents, page));
  TRY(auto receipts, co_await receipts_of(tx, contents, messages));
  if (!messages.empty()) work.claims.first_us = messages.front().at_us;
  for (size_t at = 0; at < messages.size(); ++at) {
    const Visible& message = messages[at];
    const Key key = message.message.key();
    // What the receipt says counts: somebody was faster, and this transaction is about to begin again.
    if (receipts[at].receives > 0 && receipts[at].visible_us != message.at_us) {
      tx.erase(message.row);
      continue;
    }
    TRY(const bool gone, co_await work.let_go(message.message, receipts[at]));
    if (work.full) break;
    tx.erase(message.row);
    if (gone) continue;
    const ReceiptRecord receipt = work.received(std::move(receipts[at]));
    tx.put(contents.visible(receipt.visible_us, message.message), std::string(kInFlight));
    contents.receipts.put(key, receipt);
    work.hand.give({.message = message.message, .receipt = receipt});
  }
  work.claims.exhausted = !page.more && !work.hand.full() && !work.full;
  if (!work.claims.exhausted) co_return {};
  TRY(const store::Page next,
      co_await tx.scan({.range = {.begin = (contents.visible() + Key(work.moment_us)).bytes(),
                                  .end = contents.visible().under().end},
                        .rows_max = 1},
                       Isolation::kSnapshot));
  TRY(const auto later, visible_of(contents, next));
  if (!later.empty()) work.claims.next_us = later.front().at_us;
  co_return {};
}

Async<Claims> Claimer::claim(QueueRef ref, std::vector<Want> wants, int64_t from_us) const {
  auto body = [&](store::Transaction& tx) -> Async<Claims> {
    Claims claims;
    TRY(claims.queue, co_await require_queue(tx, ref));
    TRY(const DeadLetters dead_letters, co_await DeadLetters::of(tx, claims.queue, ref.arn()));
    Hand hand(claims, wants);
    ClaimWork work{.tx = tx,
                   .queue = claims.queue,
                   .dead_letters = dead_letters,
                   .hand = hand,
                   .claims = claims,
                   .moments = parts_.moments,
                   .moment_us = now_us(parts_.clock),
                   .from_us = from_us};
    if (claims.queue.fifo) {
      TRY_VOID(co_await claim_fifo(work));
    } else {
      TRY_VOID(co_await claim_standard(work));
    }
    co_return claims;
  };
  co_return co_await parts_.store.transact(body);
}

Async<Unavailable> count_unavailable(store::Transaction& tx, QueueRecord queue, int64_t moment_us) {
  Unavailable found;
  Contents contents(tx, queue);
  if (queue.fifo) {
    TRY(const auto groups, co_await contents.groups.all({}, Isolation::kSnapshot));
    for (const auto& [key, group] : groups) {
      for (const auto& each : group.in_flight) found.in_flight += each.until_us > moment_us ? 1 : 0;
    }
  }
  // Of a FIFO queue the messages of the last seconds are delayed, of a standard one those with a later time.
  const Key table = queue.fifo ? contents.base + Key("m") : contents.visible();
  const int64_t begin_us = queue.fifo ? moment_us - queue.delay_s * kSecondUs : moment_us;
  store::KeyRange range{.begin = (table + Key(begin_us + 1)).bytes(), .end = table.under().end};
  for (bool more = !queue.fifo || queue.delay_s > 0;
       more && found.in_flight + found.delayed < limits::kInFlightMax;) {
    TRY(const store::Page page, co_await tx.scan({.range = range}, Isolation::kSnapshot));
    for (const store::Row& row : page.rows) {
      ++(!queue.fifo && row.value == kInFlight ? found.in_flight : found.delayed);
    }
    more = page.more;
    if (more) range.begin = store::key_after(page.rows.back().key);
  }
  co_return found;
}

}  // namespace hearth::services::sqs
