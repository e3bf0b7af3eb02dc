// FIFO queues: messages of a group in their order, and none while others of it are in flight.
//
// Every message that comes leaves a hint on its group, as does whatever lets go of a group; a hint that is
// taken from a group in flight may go, since there is one for the moment when its last receiver's time is up.
#include <algorithm>
#include <set>

#include "services/sqs/claims.h"

namespace hearth::services::sqs {
namespace {

using store::Isolation;
using store::Key;

constexpr size_t kHintsMax = 64;

class Group {
 public:
  Group(ClaimWork& work, std::string name)
      : work_(work), contents_(work.tx, work.queue), name_(std::move(name)) {}

  // Gives what there is to who is next; leaves a hint where there will be more.
  Async<void> hand_out() {
    TRY(auto stored, co_await contents_.groups.get(Key(name_)));
    record_ = std::move(stored).value_or(GroupRecord{});
    std::erase_if(record_.in_flight, [&](const auto& each) { return each.until_us <= work_.moment_us; });
    if (record_.in_flight.empty()) TRY_VOID(co_await take());
    if (record_.in_flight.empty()) {
      contents_.groups.erase(Key(name_));
    } else {
      contents_.groups.put(Key(name_), record_);
      int64_t until_us = 0;
      for (const auto& each : record_.in_flight) until_us = std::max(until_us, each.until_us);
      leave_hint(until_us);
    }
    co_return {};
  }

 private:
  void leave_hint(int64_t at_us) { work_.tx.put(contents_.hint(at_us, name_), {}); }

  Async<void> take() {
    const Key order = contents_.order(name_);
    const size_t receiver = work_.hand.receiver();
    TRY(const store::Page page,
        co_await work_.tx.scan({.range = order.under(), .rows_max = work_.hand.wanted()},
                               Isolation::kSnapshot));
    bool open = page.more;
    for (const store::Row& row : page.rows) {
      if (work_.hand.receiver() != receiver) {
        open = true;
        break;
      }
      TRY(const auto stamp, store::parse_key<store::Stamp>(row.key.substr(order.bytes().size())));
      TRY(const auto message, store::decode<MessageKey>(row.value));
      const int64_t available_us = message.since_us + work_.queue.delay_s * kSecondUs;
      if (work_.queue.delay_s > 0 && available_us > work_.moment_us) {
        leave_hint(available_us);
        break;
      }
      TRY(const bool lasting, co_await take_one(row.key, std::get<0>(stamp), message));
      open = open || lasting;
      if (work_.full) break;
    }
    if (open && record_.in_flight.empty()) leave_hint(work_.moment_us);
    co_return {};
  }

  // Whether the message can be had again at once.
  Async<bool> take_one(std::string row, store::Stamp stamp, MessageKey message) {
    TRY(auto stored, co_await contents_.receipts.get(message.key()));
    ReceiptRecord receipt = std::move(stored).value_or(ReceiptRecord{});
    TRY(const bool gone, co_await work_.let_go(message, receipt));
    if (work_.full) co_return true;
    if (gone) {
      work_.tx.erase(row);
      co_return false;
    }
    receipt = work_.received(std::move(receipt));
    receipt.group = name_;
    receipt.stamp = stamp;
    contents_.receipts.put(message.key(), receipt);
    const bool in_flight = receipt.visible_us > work_.moment_us;
    if (in_flight) record_.in_flight.push_back({.message = message, .until_us = receipt.visible_us});
    work_.hand.give({.message = message, .receipt = std::move(receipt)});
    co_return !in_flight;
  }

  ClaimWork& work_;
  Contents contents_;
  std::string name_;
  GroupRecord record_;
};

}  // namespace

Async<void> claim_fifo(ClaimWork& work) {
  store::Transaction& tx = work.tx;
  const Contents contents(tx, work.queue);
  const Key hints = contents.hints();
  const store::KeyRange ripe{.begin = (hints + Key(work.from_us)).bytes(),
                             .end = (hints + Key(work.moment_us + 1)).bytes()};
  TRY(const store::Page page, co_await tx.scan({.range = ripe, .rows_max = kHintsMax}, Isolation::kSnapshot));
  std::set<std::string> seen;
  size_t looked_at = 0;
  for (const store::Row& row : page.rows) {
    if (work.hand.full() || work.full) break;
    ++looked_at;
    TRY(auto parts, (store::parse_key<int64_t, std::string>(row.key.substr(hints.bytes().size()))));
    if (looked_at == 1) work.claims.first_us = std::get<0>(parts);
    const bool first = seen.insert(std::get<1>(parts)).second;
    // One for this very moment may have been left just now.
    if (!first && std::get<0>(parts) == work.moment_us) continue;
    // Nobody may leave the same hint again meanwhile.
    tx.add_read_conflict(store::only(row.key));
    tx.erase(row.key);
    if (!first) continue;
    Group group(work, std::move(std::get<1>(parts)));
    TRY_VOID(co_await group.hand_out());
  }
  work.claims.exhausted = !page.more && looked_at == page.rows.size() && !work.hand.full() && !work.full;
  if (!work.claims.exhausted) co_return {};
  TRY(const store::Page next,
      co_await tx.scan({.range = {.begin = ripe.begin, .end = hints.under().end}, .rows_max = 1},
                       Isolation::kSnapshot));
  if (next.rows.empty()) co_return {};
  TRY(const auto parts,
      (store::parse_key<int64_t, std::string>(next.rows.front().key.substr(hints.bytes().size()))));
  work.claims.next_us = std::get<0>(parts);
  co_return {};
}

}  // namespace hearth::services::sqs
