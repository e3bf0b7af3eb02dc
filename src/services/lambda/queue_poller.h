// Takes messages from one queue to one function: gathers batches, invokes, deletes what was handled. What is
// not handled is left alone and comes again when its visibility ends; nothing is deleted before that.
//
// Batches run beside each other, as many as went well so far and a few more, up to a limit; a throttle halves
// that. A batch that is throttled is tried again until its messages are about to become visible. Of a FIFO
// queue the queue itself keeps the order: a group's next messages come when the ones before are gone.
//
// Threads: one loop's.
#pragma once
#include "delivery/pattern.h"
#include "io/channel.h"
#include "io/task_scope.h"
#include "services/lambda/mapping_record.h"
#include "services/lambda/poller.h"
#include "services/lambda/source_queue.h"

namespace hearth::services::lambda {

class QueuePoller final : public Poller {
 public:
  QueuePoller(Parts& parts, FunctionRef function, MappingRecord mapping);
  QueuePoller(const QueuePoller&) = delete;

  void start() override { receiving_.spawn(receive()); }
  // Takes no more messages, as soon as the receive that is under way has ended: what it takes is handled.
  // Batches under way go on to their end, until the poller is destroyed.
  void stop() override;
  bool takes() const override { return receiving_.size() > 0; }
  bool idle() const override { return !takes() && running_ == 0; }

 private:
  struct Batch;

  Task<void> receive();
  // Waits until the function can be invoked; its execution role then.
  Task<std::string> function_ready();
  Async<Batch> gather(std::string role_arn);
  // One receive into the batch; what no filter wants is deleted.
  Async<void> receive_into(Batch& batch, int64_t wait_seconds);
  void add(Batch& batch, json::object record) const;
  bool is_full(const Batch& batch) const;
  Task<void> run(Batch batch);
  Async<void> handle(Batch& batch);
  Async<execution::Outcome> invoke(const Batch& batch);
  Task<void> trouble(std::string_view what, const Error& error);

  Parts& parts_;
  const FunctionRef function_;
  const MappingRecord mapping_;
  const SourceQueue queue_;
  std::vector<delivery::Pattern> filters_;
  bool stopping_ = false;
  bool has_messages_ = false;  // or may be getting some
  size_t running_ = 0;
  size_t places_;
  const size_t places_max_;
  std::chrono::milliseconds pause_{0};  // after trouble, longer each time
  io::Channel<bool> freed_;
  io::TaskScope batches_;
  io::TaskScope receiving_;
};

}  // namespace hearth::services::lambda
