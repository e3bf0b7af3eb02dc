#include "services/logs/ingest.h"

#include <fmt/format.h>

#include "base/log.h"

namespace hearth::services::logs {
namespace {

using store::Key;

// How long a line may wait for others to share its commit.
constexpr std::chrono::milliseconds kGatherTime(50);
constexpr size_t kBytesPerCommit = 4 * 1024 * 1024;

}  // namespace

Async<void> save_events(store::Transaction& tx, std::string account, std::string region, std::string group,
                        std::string stream, const std::vector<Event>& events, int64_t now_ms) {
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

Async<void> Ingest::save(Batches& batches) {
  const int64_t now_ms = epoch_ms(clock_.now());
  for (auto& [key, batch] : batches) {
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
    for (const auto& [key, batch] : batches) {
      const auto& [account, region, group, stream] = key;
      TRY_VOID(co_await save_events(tx, account, region, group, stream, batch.events, now_ms));
    }
    co_return {};
  };
  co_return co_await store_.transact(body);
}

Async<void> Ingest::flush() {
  for (;;) {
    Batches batches = take();
    if (batches.empty()) co_return {};
    TRY_VOID(co_await save(batches));
  }
}

Task<void> Ingest::run() {
  for (;;) {
    co_await io::sleep_for(kGatherTime);
    Batches batches = take();
    if (batches.empty()) continue;
    for (int attempt = 0;; ++attempt) {
      const auto saved = co_await save(batches);
      if (saved) break;
      if (attempt == 10) {
        for (const auto& [key, batch] : batches)
          dropped_.fetch_add(batch.events.size(), std::memory_order_relaxed);
        log::error("log lines were lost: {}", saved.error().message);
        break;
      }
      co_await io::sleep_for(std::chrono::milliseconds(500));
    }
  }
}

}  // namespace hearth::services::logs
