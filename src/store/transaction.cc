#include "base/check.h"
#include "io/loop.h"
#include "store/backend.h"
#include "store/lease_record.h"
#include "store/overlay.h"

namespace hearth::store {

struct Transaction::State {
  State(Backend& own_backend, bool only_reads) : backend(own_backend), read_only(only_reads) {}

  Backend& backend;
  const bool read_only;
  SnapshotPtr snapshot;  // taken at the first read, so that what only writes never conflicts
  Overlay overlay;
  std::vector<Mutation> stamped;
  Commit commit;
  std::vector<std::pair<std::string, std::optional<std::string>>> expected;
  std::vector<Lease> fences;
  Status invalid;  // the first write that broke a limit

  const SnapshotPtr& view() {
    if (!snapshot) snapshot = backend.snapshot();
    return snapshot;
  }

  void was_read(const std::string& key, Isolation isolation) {
    if (isolation == Isolation::kSnapshot || read_only) return;
    if (!commit.read_keys.empty() && commit.read_keys.back() == key) return;
    commit.size_bytes += key.size();
    commit.read_keys.push_back(key);
  }
  void was_read(KeyRange range, Isolation isolation) {
    if (isolation == Isolation::kSnapshot || read_only || range.empty()) return;
    commit.size_bytes += range.begin.size() + range.end.size();
    commit.read_ranges.push_back(std::move(range));
  }

  // Whether the write may be kept; the first that may not is told by the commit.
  bool accept(size_t key_bytes, size_t value_bytes) {
    CHECK(!read_only, "a write in Store::read");
    commit.size_bytes += key_bytes + value_bytes;
    if (invalid) {
      if (key_bytes > Limits::kKeyBytesMax) {
        invalid = fail("StoreTooLarge", "a key may have 4096 bytes");
      } else if (value_bytes > Limits::kValueBytesMax) {
        invalid = fail("StoreTooLarge", "a value may have 4 MiB");
      } else if (commit.size_bytes > Limits::kTransactionBytesMax) {
        invalid = fail("StoreTooLarge", "a transaction may have 10 MiB");
      }
    }
    return invalid.has_value();
  }

  Async<void> check_expectations();
};

namespace {

void check_key(const std::string& key) {
  CHECK(!key.empty() && key.front() != '\xff', "keys are tuples: not empty, and below the store's own");
}

}  // namespace

Transaction::Transaction(Backend& backend, bool read_only)
    : state_(std::make_unique<State>(backend, read_only)) {}
Transaction::~Transaction() = default;

// ----- reads -----

Async<std::optional<std::string>> Transaction::get(std::string key, Isolation isolation) {
  State& state = *state_;
  std::optional<Overlay::Local> local;
  if (!state.overlay.empty()) local = state.overlay.find(key);
  if (local && local->kind != Overlay::Local::Kind::kAdded) co_return Overlay::seen(*local, std::nullopt);

  state.was_read(key, isolation);
  auto below = state.backend.get_in_memory(*state.view(), key);
  if (!below) {
    std::vector<std::string> keys;
    keys.push_back(std::move(key));
    TRY(auto values, co_await state.backend.multi_get(state.view(), std::move(keys)));
    below.emplace(std::move(values.front()));
  }
  if (!local || !*below) co_return *std::move(below);
  co_return Overlay::seen(*local, **std::move(below));
}

Async<std::vector<std::optional<std::string>>> Transaction::multi_get(std::vector<std::string> keys,
                                                                      Isolation isolation) {
  State& state = *state_;
  std::vector<std::optional<std::string>> values(keys.size());
  std::vector<std::string> missing;
  std::vector<size_t> places;
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto local = state.overlay.find(keys[i]);
    if (local && local->kind != Overlay::Local::Kind::kAdded) {
      TRY(values[i], Overlay::seen(*local, std::nullopt));
      continue;
    }
    state.was_read(keys[i], isolation);
    missing.push_back(keys[i]);
    places.push_back(i);
  }
  if (missing.empty()) co_return values;
  TRY(auto below, co_await state.backend.multi_get(state.view(), std::move(missing)));
  for (size_t i = 0; i < places.size(); ++i) {
    std::optional<std::string>& value = values[places[i]];
    value = std::move(below[i]);
    const auto local = state.overlay.find(keys[places[i]]);
    if (local) {
      TRY(value, Overlay::seen(*local, std::move(value)));
    }
  }
  co_return values;
}

Async<Page> Transaction::scan(ScanOptions options, Isolation isolation) {
  State& state = *state_;
  CHECK(options.rows_max > 0, "a scan for no rows");
  Page page;
  size_t bytes = 0;
  KeyRange rest = options.range;
  bool full = false;
  while (!full && !rest.empty()) {
    ScanOptions part = options;
    part.range = rest;
    part.rows_max = options.rows_max - page.rows.size();
    TRY(Page below, co_await state.backend.scan(state.view(), std::move(part)));

    // A page that ended early says nothing about what lies behind its last row.
    KeyRange covered = rest;
    if (below.more)
      (options.reverse ? covered.begin : covered.end) =
          options.reverse ? below.rows.back().key : key_after(below.rows.back().key);
    const bool more_below = below.more;
    TRY(auto rows, state.overlay.merge(covered, std::move(below.rows), options.reverse));
    if (!more_below) {
      rest.end = rest.begin;
    } else if (options.reverse) {
      rest.end = covered.begin;
    } else {
      rest.begin = covered.end;
    }
    for (Row& row : rows) {
      if (full) {
        page.more = true;
        break;
      }
      bytes += row.key.size() + row.value.size();
      page.rows.push_back(std::move(row));
      full = page.rows.size() >= options.rows_max || bytes >= options.bytes_max;
    }
  }
  if (!rest.empty()) page.more = true;

  KeyRange read = std::move(options.range);
  if (page.more && options.reverse) read.begin = page.rows.back().key;
  if (page.more && !options.reverse) read.end = key_after(page.rows.back().key);
  state.was_read(std::move(read), isolation);
  co_return page;
}

// ----- writes -----

void Transaction::put(std::string key, std::string value) {
  check_key(key);
  if (state_->accept(key.size(), value.size())) state_->overlay.put(std::move(key), std::move(value));
}

void Transaction::erase(std::string key) {
  check_key(key);
  if (state_->accept(key.size(), 0)) state_->overlay.erase(std::move(key));
}

void Transaction::erase_range(KeyRange range) {
  check_key(range.begin);
  if (state_->accept(range.begin.size() + range.end.size(), 0)) state_->overlay.erase_range(std::move(range));
}

void Transaction::add(std::string key, int64_t delta) {
  check_key(key);
  if (!state_->accept(key.size(), 8)) return;
  const Status added = state_->overlay.add(std::move(key), delta);
  if (!added) state_->invalid = added;
}

void Transaction::put_stamped_key(std::string prefix, std::string suffix, std::string value) {
  check_key(prefix);
  if (!state_->accept(prefix.size() + 1 + Stamp::kSizeBytes + suffix.size(), value.size())) return;
  const auto order = static_cast<uint16_t>(state_->stamped.size());
  CHECK(state_->stamped.size() <= UINT16_MAX, "a stamp counts to 65535 inside a transaction");
  state_->stamped.push_back({.kind = Mutation::Kind::kPutStampedKey,
                             .key = std::move(prefix),
                             .value = std::move(value),
                             .suffix = std::move(suffix),
                             .order = order});
}

void Transaction::put_stamped_value(std::string key, std::string prefix) {
  check_key(key);
  if (!state_->accept(key.size(), prefix.size() + Stamp::kSizeBytes)) return;
  const auto order = static_cast<uint16_t>(state_->stamped.size());
  CHECK(state_->stamped.size() <= UINT16_MAX, "a stamp counts to 65535 inside a transaction");
  state_->stamped.push_back({.kind = Mutation::Kind::kPutStampedValue,
                             .key = std::move(key),
                             .value = std::move(prefix),
                             .order = order});
}

void Transaction::expect(std::string key, std::optional<std::string> value) {
  state_->expected.emplace_back(std::move(key), std::move(value));
}
void Transaction::fence(Lease lease) {
  state_->fences.push_back(std::move(lease));
}
void Transaction::add_read_conflict(KeyRange range) {
  state_->view();
  state_->was_read(std::move(range), Isolation::kSerializable);
}
void Transaction::add_write_conflict(KeyRange range) {
  if (state_->accept(range.begin.size() + range.end.size(), 0)) {
    state_->commit.write_conflicts.push_back(std::move(range));
  }
}

// ----- commit -----

// Reads all at once what the commit depends on, below the transaction's own writes.
Async<void> Transaction::State::check_expectations() {
  if (expected.empty() && fences.empty()) co_return Status();
  std::vector<std::string> keys;
  for (const auto& [key, value] : expected) keys.push_back(key);
  for (const Lease& lease : fences) keys.push_back(lease_holder_key(lease.name));
  for (const std::string& key : keys) was_read(key, Isolation::kSerializable);
  TRY(const auto values, co_await backend.multi_get(view(), std::move(keys)));

  for (size_t i = 0; i < expected.size(); ++i) {
    if (values[i] != expected[i].second) co_return fail("StorePrecondition", "a row is not as expected");
  }
  for (size_t i = 0; i < fences.size(); ++i) {
    TRY_VOID(check_lease_holder(fences[i], values[expected.size() + i]));
  }
  co_return Status();
}

std::optional<std::string> Transaction::key_with_turns(const Turns& turns) const {
  for (const std::string& key : state_->commit.read_keys) {
    if (state_->overlay.find(key) && turns.is_taken(key)) return key;
  }
  return std::nullopt;
}

Async<uint64_t> Transaction::commit(std::optional<SteadyTime> deadline, std::string idempotency_id) {
  State& state = *state_;
  if (!state.invalid) co_return state.invalid.error();
  TRY_VOID(co_await state.check_expectations());
  const bool writes =
      !state.overlay.empty() || !state.stamped.empty() || !state.commit.write_conflicts.empty();
  if (!writes) co_return 0;  // all was read at one snapshot: nothing to order

  Commit commit = std::move(state.commit);
  commit.mutations = state.overlay.take();
  std::ranges::move(state.stamped, std::back_inserter(commit.mutations));
  if (state.snapshot) commit.snapshot = state.snapshot->version();
  state.snapshot.reset();
  commit.deadline = deadline;
  commit.idempotency_id = std::move(idempotency_id);
  co_return co_await state.backend.commit(std::move(commit));
}

}  // namespace hearth::store
