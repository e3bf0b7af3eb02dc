// Takes log lines from wherever they come up, without ever making their writers wait, and brings them to the
// store in the background: many lines one commit. When the disk cannot keep up, lines are dropped, counted,
// and a line in their stream says how many. Lines of who may not write them are dropped without a word.
//
// Threads: writers on any; run(), then flush(), on one loop.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "execution/sinks.h"
#include "services/logs/records.h"
#include "store/store.h"
#include "wire/operation.h"

namespace hearth::services::logs {

class Ingest final : public execution::LogSink {
 public:
  static constexpr size_t kWaitingBytesMax = 32 * 1024 * 1024;

  Ingest(store::Store& store, const Clock& clock);

  ~Ingest() override;

  // Whether the writer of a stream may have this done to the resource. Asked now and then while it writes.
  using May = std::function<Async<bool>(const execution::LogStream& stream,
                                        const wire::OperationInfo& operation, std::string resource)>;
  // Before run(); without it everybody may write.
  void authorize_by(May may) { may_ = std::move(may); }

  std::unique_ptr<execution::LogWriter> open(execution::LogStream stream) override;
  // Brings lines to the store until its scope ends.
  Task<void> run();
  // Writes what waits; for the server's end.
  Async<void> flush();

  // Nothing more is kept of the streams that are open now, nor of what waits: what they are of is gone.
  void forget() { life_.fetch_add(1, std::memory_order_acq_rel); }

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  // A number for an event, greater than all given before, also in earlier lives of the server.
  uint64_t next_number() { return number_.fetch_add(1, std::memory_order_relaxed); }

 private:
  class Stream;
  class Writer;
  struct Batch {
    std::shared_ptr<Stream> stream;
    std::vector<Event> events;
    uint64_t dropped = 0;
  };

  void list(std::shared_ptr<Stream> stream);
  std::vector<Batch> take();
  Async<bool> may_write(Stream& stream);  // outlives the call
  // Saves a commit's worth of what waits; false when nothing did. What fails is what is saved next.
  Async<bool> save_some();
  void give_up(const Error& error);

  store::Store& store_;
  const Clock& clock_;
  May may_;
  std::atomic<uint64_t> number_;
  std::atomic<uint64_t> dropped_ = 0;
  std::atomic<uint64_t> life_ = 0;  // streams of an earlier one are forgotten
  std::atomic<size_t> waiting_bytes_ = 0;
  // Those with something to take, linked to each other; and those of them that run() has found. Shared with
  // the writers, which may be gone before.
  std::atomic<Stream*> listed_ = nullptr;
  std::deque<std::shared_ptr<Stream>> found_;
  // Taken and not known to be saved. Outlives run(), which may be cancelled at its commit: to write the same
  // events again changes nothing.
  std::vector<Batch> saving_;
};

// Writes events of one stream, making group and stream where they are not there yet.
Async<void> save_events(store::Transaction& tx, std::string account, std::string region, std::string group,
                        std::string stream, std::span<const Event> events, int64_t now_ms);

}  // namespace hearth::services::logs
