#include "services/logs/ingest.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/logs.h"
#include "base/log.h"

namespace hearth::services::logs {
namespace {

using store::Key;

// How long a line may wait for others to share its commit.
constexpr std::chrono::milliseconds kGatherTime(50);
constexpr std::chrono::milliseconds kRetryTime(500);
constexpr int kAttemptsMax = 10;
// For so long nothing is asked again.
constexpr std::chrono::seconds kAllowedTime(10);
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
    put_event(tx, prefix, stream, event);
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

// What waits of one stream. It is listed while it has something to be taken.
class Ingest::Stream {
 public:
  Stream(execution::LogStream its_name, uint64_t its_life) : name(std::move(its_name)), life(its_life) {}

  const execution::LogStream name;
  const uint64_t life;
  // What was found when it was last asked whether its writer may write; of who saves alone.
  bool allowed = false;
  SteadyTime asked;
  // In the list: the next, and what keeps this alive there.
  Stream* next = nullptr;
  std::shared_ptr<Stream> self;

  // Whether it is to be listed now, which these tell once until all is taken.
  bool add(Event event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    return !std::exchange(listed_, true);
  }
  bool add_dropped(uint64_t count) {
    const std::lock_guard lock(mutex_);
    dropped_ += count;
    return !std::exchange(listed_, true);
  }
  // Moves to the batch what comes to some `bytes`, and counts them down; false when nothing is left.
  bool take(Batch& batch, size_t& bytes) {
    const std::lock_guard lock(mutex_);
    size_t count = 0;
    for (; count < events_.size() && bytes > 0; ++count) bytes -= std::min(bytes, bytes_of(events_[count]));
    batch.dropped = std::exchange(dropped_, 0);
    const auto end = events_.begin() + static_cast<ptrdiff_t>(count);
    batch.events.assign(std::move_iterator(events_.begin()), std::move_iterator(end));
    events_.erase(events_.begin(), end);
    return listed_ = !events_.empty();
  }

  static size_t bytes_of(const Event& event) { return event.message.size() + sizeof(Event); }

 private:
  std::mutex mutex_;  // of the writer and who takes
  std::vector<Event> events_;
  uint64_t dropped_ = 0;
  bool listed_ = false;
};

class Ingest::Writer final : public execution::LogWriter {
 public:
  Writer(Ingest& ingest, std::shared_ptr<Stream> stream) : ingest_(ingest), stream_(std::move(stream)) {}

  void write(TimePoint time, std::string line) override {
    Event event{.time_ms = epoch_ms(time),
                .number = ingest_.next_number(),
                .ingested_ms = epoch_ms(time),
                .message = std::move(line)};
    const size_t bytes = Stream::bytes_of(event);
    bool first = false;
    if (ingest_.waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > kWaitingBytesMax) {
      ingest_.waiting_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
      ingest_.dropped_.fetch_add(1, std::memory_order_relaxed);
      first = stream_->add_dropped(1);
    } else {
      first = stream_->add(std::move(event));
    }
    if (first) ingest_.list(stream_);
  }

 private:
  Ingest& ingest_;
  std::shared_ptr<Stream> stream_;  // shared with the list
};

Ingest::~Ingest() {
  for (Stream* stream = listed_; stream;) stream = std::exchange(stream->self, nullptr)->next;
}

std::unique_ptr<execution::LogWriter> Ingest::open(execution::LogStream stream) {
  return std::make_unique<Writer>(
      *this, std::make_shared<Stream>(std::move(stream), life_.load(std::memory_order_acquire)));
}

void Ingest::list(std::shared_ptr<Stream> stream) {
  Stream& entry = *stream;
  entry.self = std::move(stream);
  entry.next = listed_.load(std::memory_order_relaxed);
  while (!listed_.compare_exchange_weak(entry.next, &entry, std::memory_order_release)) continue;
}

// At most what fits a commit.
std::vector<Ingest::Batch> Ingest::take() {
  const auto before = static_cast<ptrdiff_t>(found_.size());
  for (Stream* stream = listed_.exchange(nullptr, std::memory_order_acquire); stream; stream = stream->next) {
    found_.push_back(std::move(stream->self));
  }
  std::reverse(found_.begin() + before, found_.end());  // who came first is first
  std::vector<Batch> taken;
  size_t room = kBytesPerCommit;
  while (!found_.empty() && room > 0) {
    Batch& batch = taken.emplace_back(Batch{.stream = found_.front()});
    if (!batch.stream->take(batch, room)) found_.pop_front();
  }
  for (const Batch& batch : taken) {
    for (const Event& event : batch.events) {
      waiting_bytes_.fetch_sub(Stream::bytes_of(event), std::memory_order_relaxed);
    }
  }
  return taken;
}

// As the service's own: who writes makes the stream, and the group where there is none.
Async<bool> Ingest::may_write(Stream& stream) {
  const SteadyTime now = clock_.steady_now();
  if (!may_ || (stream.asked != SteadyTime() && now < stream.asked + kAllowedTime))
    co_return !may_ || stream.allowed;
  const execution::LogStream& to = stream.name;
  const std::string group_arn =
      fmt::format("arn:aws:logs:{}:{}:log-group:{}", to.region, to.account, to.group);
  const std::string arn = fmt::format("{}:log-stream:{}", group_arn, to.name);
  auto exists = [&](store::Transaction& tx) -> Async<bool> {
    co_return co_await Tables(tx, to.account, to.region).groups.contains(Key(to.group));
  };
  TRY(bool allowed, co_await store_.read(exists));
  if (!allowed) {
    TRY(allowed, co_await may_(to, api::logs::ops::CreateLogGroup::kInfo, group_arn));
  }
  for (const auto* operation :
       {&api::logs::ops::CreateLogStream::kInfo, &api::logs::ops::PutLogEvents::kInfo}) {
    if (!allowed) break;
    TRY(allowed, co_await may_(to, *operation, arn));
  }
  stream.allowed = allowed;
  stream.asked = now;
  co_return allowed;
}

Async<bool> Ingest::save_some() {
  const int64_t now_ms = epoch_ms(clock_.now());
  if (saving_.empty()) saving_ = take();
  if (saving_.empty()) co_return false;
  for (Batch& batch : saving_) {
    TRY(const bool allowed, co_await may_write(*batch.stream));
    if (!allowed) {
      batch.events.clear();
      batch.dropped = 0;
    }
    if (batch.dropped == 0) continue;
    batch.events.push_back(
        {.time_ms = now_ms,
         .number = next_number(),
         .ingested_ms = now_ms,
         .message = fmt::format("[WARN] {} log lines were dropped: they came faster than they could be kept",
                                std::exchange(batch.dropped, 0))});
  }
  auto body = [&](store::Transaction& tx) -> Async<void> {
    for (const Batch& batch : saving_) {
      // Looked at in the transaction: what it would bring back may be erased just now.
      const bool gone = batch.stream->life != life_.load(std::memory_order_acquire);
      if (gone || batch.events.empty()) continue;
      const execution::LogStream& to = batch.stream->name;
      TRY_VOID(co_await save_events(tx, to.account, to.region, to.group, to.name, batch.events, now_ms));
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
  for (const Batch& batch : saving_) {
    dropped_.fetch_add(batch.events.size(), std::memory_order_relaxed);
    if (batch.stream->add_dropped(batch.events.size())) list(batch.stream);
  }
  saving_.clear();
}

}  // namespace hearth::services::logs
