#include "store/store.h"

#include <algorithm>

#include "base/random.h"
#include "io/loop.h"
#include "store/backend.h"
#include "store/lease_record.h"

namespace hearth::store {
namespace {

constexpr std::chrono::microseconds kFirstWait{200};
constexpr std::chrono::microseconds kLongestWait{50'000};

// A member of the error.
constexpr std::string_view kPlace = "place";

std::string conflict_place(const Error& error) {
  const auto found = std::ranges::find(error.extra, kPlace, &std::pair<std::string, std::string>::first);
  return found == error.extra.end() ? "" : found->second;
}

}  // namespace

Error conflict_at(std::string where) {
  return {.code = "StoreConflict",
          .message = "another transaction changed what this one had read",
          .extra = {{std::string(kPlace), std::move(where)}}};
}

Result<int64_t> counter_value(std::string_view value) {
  if (value.size() != 8) return fail("StoreCorrupt", "a counter has eight bytes");
  uint64_t sum = 0;
  for (size_t i = 0; i < 8; ++i) sum |= static_cast<uint64_t>(static_cast<uint8_t>(value[i])) << (8 * i);
  return static_cast<int64_t>(sum);
}

std::string counter_bytes(int64_t value) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8)
    bytes += static_cast<char>(static_cast<uint64_t>(value) >> shift);
  return bytes;
}

Store::Store(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}
Store::~Store() = default;

Store::Attempts::Attempts(const Turns& own_turns, const TransactOptions& options)
    : turns(own_turns),
      deadline(io::Loop::here().now() + options.deadline),
      attempts_max(options.attempts_max) {}

Task<bool> Store::Attempts::line_up(const Transaction& tx) {
  if (std::exchange(has_lined_up, true)) co_return false;
  const auto where = tx.key_with_turns(turns);
  if (where) turn = co_await turns.take(*where, deadline);
  co_return where.has_value();
}

Async<void> Store::Attempts::before_next(Error error) {
  if (error.code != "StoreConflict") co_return std::unexpected(std::move(error));
  const std::string where = conflict_place(error);
  error.extra.clear();
  if (++made == attempts_max) co_return std::unexpected(std::move(error));
  has_lined_up = true;
  if (where.empty()) {
    co_await wait_by_chance();
  } else if (!turn.is_at(where)) {
    turn = {};  // one at a time: nobody waits for somebody who waits for him
    turn = co_await turns.take(where, deadline);
  }
  if (io::Loop::here().now() >= deadline) {
    co_return fail("StoreDeadline", "the transaction met others until its time was up");
  }
  co_return Status();
}

// Longer and longer, so that those who met do not meet again.
Task<void> Store::Attempts::wait_by_chance() const {
  if (made == 1) co_return;
  const auto longest = std::min(kLongestWait, kFirstWait * (int64_t{1} << std::min<size_t>(made, 10)));
  const auto wait = longest * system_random().unit();
  co_await io::sleep_for(std::chrono::duration_cast<std::chrono::nanoseconds>(wait));
}

Watch Store::watch(std::string prefix) {
  return backend_->watches().watch(std::move(prefix));
}

Async<Lease> Store::acquire_lease(std::string name, std::string holder, std::chrono::milliseconds duration) {
  auto body = [&](Transaction& tx) -> Async<Lease> {
    TRY(const auto rows, co_await tx.multi_get({lease_holder_key(name), lease_term_key(name)}));
    LeaseHolderRecord held;
    LeaseTermRecord term;
    if (rows[0]) {
      TRY(held, decode<LeaseHolderRecord>(*rows[0]));
    }
    if (rows[1]) {
      TRY(term, decode<LeaseTermRecord>(*rows[1]));
    }
    const TimePoint now = backend_->clock().now();
    if (!held.holder.empty() && held.holder != holder && term.until > now) {
      co_return fail("StoreLeaseHeld", "the lease '" + name + "' is held by '" + held.holder + "'");
    }
    const LeaseHolderRecord next{.epoch = held.epoch + 1, .holder = holder};
    tx.put(lease_holder_key(name), encode(next));
    tx.put(lease_term_key(name), encode(LeaseTermRecord{now + duration}));
    co_return Lease{name, holder, next.epoch, duration};
  };
  co_return co_await transact(body);
}

Async<Lease> Store::renew_lease(Lease lease, std::chrono::milliseconds duration) {
  auto body = [&](Transaction& tx) -> Async<Lease> {
    TRY(const auto rows, co_await tx.multi_get({lease_holder_key(lease.name), lease_term_key(lease.name)}));
    TRY_VOID(check_lease_holder(lease, rows[0]));
    LeaseTermRecord term;
    if (rows[1]) {
      TRY(term, decode<LeaseTermRecord>(*rows[1]));
    }
    const TimePoint now = backend_->clock().now();
    if (term.until <= now) co_return fail("StoreFenced", "the lease '" + lease.name + "' ran out");
    tx.put(lease_term_key(lease.name), encode(LeaseTermRecord{now + duration}));
    co_return Lease{lease.name, lease.holder, lease.epoch, duration};
  };
  co_return co_await transact(body);
}

Async<void> Store::release_lease(Lease lease) {
  auto body = [&](Transaction& tx) -> Async<void> {
    tx.fence(lease);
    tx.put(lease_holder_key(lease.name), encode(LeaseHolderRecord{.epoch = lease.epoch, .holder = {}}));
    tx.erase(lease_term_key(lease.name));
    co_return Status();
  };
  co_return co_await transact(body);
}

}  // namespace hearth::store
