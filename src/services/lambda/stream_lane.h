// Takes the records of one shard, or those of some of its keys, to a function: one batch after the other,
// each until all of it is over. What is over is in the store before the next batch is taken, so a crash
// repeats a batch at most; order is kept, for every key.
//
// Threads: one loop's.
#pragma once
#include <functional>
#include <memory>

#include "delivery/pattern.h"
#include "delivery/stream_source.h"
#include "execution/invocation.h"
#include "io/task_scope.h"
#include "services/lambda/mapping_progress.h"
#include "services/lambda/mapping_record.h"
#include "services/lambda/stream_batch.h"

namespace hearth::services::lambda {

// What lanes of one mapping have in common; given by its poller, or by a test.
struct StreamWork {
  MappingRef ref;
  MappingRecord mapping;
  FunctionRef function;
  std::vector<delivery::Pattern> filters;
  store::Store& store;
  const Clock& clock;
  Random& random;
  delivery::StreamSource& source;

  // Waits until the function can run and its role may read: the role. An error is waited out.
  std::function<Async<std::string>()> ready;
  // An error is that it did not run.
  std::function<Async<execution::Outcome>(std::string request_id, std::string payload)> invoke;
  // Refuses the transaction of a poller that is none any more.
  std::function<void(store::Transaction&)> fence;
  std::function<void(store::Transaction&, delivery::Delivery)> tell;
};

class StreamLane {
 public:
  // `work` outlives it. `record` is what the store has of it.
  StreamLane(StreamWork& work, std::string shard, uint64_t number, LaneRecord record);
  StreamLane(const StreamLane&) = delete;

  void start(std::function<void()> at_end);
  // Ends when what it is in the middle of is over, or at once.
  void stop();
  bool runs() const { return running_.size() > 0; }
  bool ended() const { return record_.ended; }

 private:
  struct Gathered;
  class Working;

  Task<void> run(std::function<void()> at_end);
  Async<void> step();
  Async<Gathered> gather();
  // One page into it.
  Async<void> take(Gathered& gathered);
  bool wants(std::string_view key) const;
  bool passes_filters(const delivery::StreamRecord& record) const;
  bool window_is_over(bool caught_up) const;

  Async<void> handle(Gathered gathered);
  Async<void> try_piece(StreamBatch& batch);
  Async<void> close_window(bool early);
  // Judges an answer, as far as a window's state is concerned. Whether the window must be closed early.
  bool take_state(const execution::Outcome& outcome);
  // Writes how far it has come, and the records of what was given up with it.
  Async<void> settle(std::vector<delivery::Delivery> failures, std::string_view result);
  // What its destination for failures is told, if there is one.
  std::vector<delivery::Delivery> give_up(const StreamBatch::GivenUp& given_up) const;
  Task<void> trouble(std::string_view what, const Error& error);

  StreamWork& work_;
  const std::string shard_;
  const uint64_t number_;
  LaneRecord record_;
  std::optional<StreamWindow> window_;
  std::string next_;  // position of the next read; the store may know less
  std::string role_;
  std::string last_request_;
  std::optional<execution::Outcome> last_outcome_;
  SteadyTime settled_at_ = {};
  std::chrono::milliseconds pause_{0};
  bool working_ = false;  // must not be interrupted
  bool stopping_ = false;
  bool early_ = false;
  io::TaskScope running_;
};

}  // namespace hearth::services::lambda
