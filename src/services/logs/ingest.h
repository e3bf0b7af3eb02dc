// Takes log lines from wherever they come up, without ever making their writers wait, and brings them to the
// store in the background: many lines one commit. When the disk cannot keep up, lines are dropped, counted,
// and a line in their stream says how many.
//
// Threads: write() on any thread; run() on one loop.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "execution/sinks.h"
#include "services/logs/records.h"
#include "store/store.h"

namespace hearth::services::logs {

class Ingest final : public execution::LogSink {
 public:
  static constexpr size_t kWaitingBytesMax = 32 * 1024 * 1024;

  Ingest(store::Store& store, const Clock& clock);

  void write(const execution::LogStream& stream, TimePoint time, std::string line) override;
  // Brings lines to the store until its scope ends.
  Task<void> run();
  // Writes what waits; for the server's end.
  Async<void> flush();

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  // A number for an event, greater than all given before, also in earlier lives of the server.
  uint64_t next_number() { return number_.fetch_add(1, std::memory_order_relaxed); }

 private:
  using StreamKey =
      std::tuple<std::string, std::string, std::string, std::string>;  // account, region, group, stream
  struct Batch {
    std::vector<Event> events;
    uint64_t dropped = 0;
  };
  using Batches = std::map<StreamKey, Batch>;

  Batches take();
  // Saves a commit's worth of what waits; false when nothing did. What fails is what is saved next.
  Async<bool> save_some();
  void give_up(const Error& error);

  store::Store& store_;
  const Clock& clock_;
  std::atomic<uint64_t> number_;
  std::atomic<uint64_t> dropped_ = 0;
  std::mutex mutex_;
  Batches waiting_;
  size_t waiting_bytes_ = 0;
  // Taken and not known to be saved. Outlives run(), which may be cancelled at its commit: to write the same
  // events again changes nothing.
  Batches saving_;
};

// Writes events of one stream, making group and stream where they are not there yet.
Async<void> save_events(store::Transaction& tx, std::string account, std::string region, std::string group,
                        std::string stream, std::span<const Event> events, int64_t now_ms);

}  // namespace hearth::services::logs
