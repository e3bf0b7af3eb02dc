#include "services/logs/ingest.h"

#include <fmt/format.h>

#include "base/log.h"

namespace hearth::services::logs {
namespace {

using store::Key;

// How long a line may wait for others to share its commit.
constexpr std::chrono::milliseconds kGatherTime(50);
constexpr std::chrono::milliseconds kRetryTime(500);
constexpr int kAttemptsMax = 10;
constexpr size_t kBytesPerCommit = 4 * 1024 * 1024;

}  // namespace

Async<void> save_events(store::Transaction& tx, std::string account, std::string region, std::string group,
                        std::string stream, std::span<const Event> events, int64_t now_ms) {
  Tables tables(tx, account, region);
  TRY(const bool has_group, co_await tables.groups.contains(Key(group)));
  if (!has_group) tables.groups.put(Key(group), {.created_ms = now_ms});
  TRY(auto stored, co_await tables.streams.get(Key(group, stream)));
  StreamRecord record = stored.value_or(StreamRecord{.created_ms = now_ms});
  const Key prefix = Tables::events(account, region, group);
  for (const Event& event : events) {
    put_event(tx, prefix, event);
    record.first_ms = record.first_ms == 0 ? event.time_ms : std::min(record.first_ms, event.time_ms);
    record.last_ms = std::max(record.last_ms, event.time_ms);
  }
  record.ingested_ms = now_ms;
  tables.streams.put(Key(group, stream), record);
  co_return {};
}

// Microseconds since the epoch: later lives begin with greater numbers as long as fewer than a million lines
// a second are written.
Ingest::Ingest(store::Store& store, const Clock& clock)
    : store_(store), clock_(clock), number_(static_cast<uint64_t>(clock.now().time_since_epoch().count())) {}

void Ingest::write(const execution::LogStream& stream, TimePoint time, std::string line) {
  const std::lock_guard lock(mutex_);
  Batch& batch = waiting_[{stream.account, stream.region, stream.group, stream.name}];
  if (waiting_bytes_ + line.size() > kWaitingBytesMax) {
    ++batch.dropped;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  waiting_bytes_ += line.size() + sizeof(Event);
  batch.events.push_back({.time_ms = epoch_ms(time),
                          .number = next_number(),
                          .stream = stream.name,
                          .ingested_ms = epoch_ms(time),
                          .message = std::move(line)});
}

// At most what fits a commit.
Ingest::Batches Ingest::take() {
  const std::lock_guard lock(mutex_);
  Batches taken;
  size_t bytes = 0;
  while (!waiting_.empty() && bytes < kBytesPerCommit) {
    auto first = waiting_.begin();
    auto& events = first->second.events;
    size_t count = 0;
    for (; count < events.size() && bytes < kBytesPerCommit; ++count) {
      bytes += events[count].message.size() + sizeof(Event);
    }
    Batch& batch = taken[first->first];
    batch.dropped = std::exchange(first->second.dropped, 0);
    batch.events.assign(std::move_iterator(events.begin()),
                        std::move_iterator(events.begin() + static_cast<ptrdiff_t>(count)));
    events.erase(events.begin(), events.begin() + static_cast<ptrdiff_t>(count));
    if (events.empty()) waiting_.erase(first);
  }
  waiting_bytes_ -= std::min(bytes, waiting_bytes_);
  return taken;
}

Async<bool> Ingest::save_some() {
  const int64_t now_ms = epoch_ms(clock_.now());
  if (saving_.empty()) saving_ = take();
  if (saving_.empty()) co_return false;
  for (auto& [key, batch] : saving_) {
    if (batch.dropped == 0) continue;
    batch.events.push_back(
        {.time_ms = now_ms,
         .number = next_number(),
         .stream = std::get<3>(key),
         .ingested_ms = now_ms,
         .message = fmt::format("[WARN] {} log lines were dropped: they came faster than they could be kept",
                                std::exchange(batch.dropped, 0))});
  }
  auto body = [&](store::Transaction& tx) -> Async<void> {
    for (const auto& [key, batch] : saving_) {
      const auto& [account, region, group, stream] = key;
      TRY_VOID(co_await save_events(tx, account, region, group, stream, batch.events, now_ms));
    }
    co_return {};
  };
  TRY_VOID(co_await store_.transact(body));
  saving_.clear();
  co_return true;
}

Async<void> Ingest::flush() {
  for (bool more = true; more;) {
    TRY(more, co_await save_some());
  }
  co_return {};
}

Task<void> Ingest::run() {
  for (int attempt = 0;;) {
    co_await io::sleep_for(attempt == 0 ? kGatherTime : kRetryTime);
    const auto saved = co_await save_some();
    if (saved) {
      attempt = 0;
    } else if (++attempt == kAttemptsMax) {
      give_up(saved.error());
      attempt = 0;
    }
  }
}

void Ingest::give_up(const Error& error) {
  log::error("log lines were lost: {}", error.message);
  const std::lock_guard lock(mutex_);
  for (const auto& [key, batch] : saving_) {
    dropped_.fetch_add(batch.events.size(), std::memory_order_relaxed);
    waiting_[key].dropped += batch.events.size();
  }
  saving_.clear();
}

}  // namespace hearth::services::logs
