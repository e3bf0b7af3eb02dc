// Tasks that move the messages of a dead letter queue back to where they came from, or elsewhere. A task is a
// record, and each of its steps a transaction that moves some messages and counts them: a crash repeats none
// and loses none, and whoever runs next goes on.
#pragma once
#include "api/sqs.h"
#include "services/sqs/parts.h"
#include "services/sqs/queue_ref.h"
#include "wire/router.h"

namespace hearth::services::sqs {

class MoveTasks final : public wire::ResourceResolver {
 public:
  explicit MoveTasks(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  // Moves until its scope ends.
  Task<void> run();

  // A task's handle says of which queue it is.
  Async<std::string> resolve(const wire::Call& call, std::string resource) override;

  using Call = wire::Call;
  Async<api::sqs::StartMessageMoveTaskResult> start(const Call& call,
                                                    api::sqs::StartMessageMoveTaskRequest input);
  Async<api::sqs::CancelMessageMoveTaskResult> cancel(const Call& call,
                                                      api::sqs::CancelMessageMoveTaskRequest input);
  Async<api::sqs::ListMessageMoveTasksResult> list(const Call& call,
                                                   api::sqs::ListMessageMoveTasksRequest input);
  Async<api::sqs::ListDeadLetterSourceQueuesResult> list_sources(
      const Call& call, api::sqs::ListDeadLetterSourceQueuesRequest input);

 private:
  struct Running {
    QueueRef source;
    int64_t started_us = 0;
    auto operator<=>(const Running&) const = default;
  };

  Async<std::vector<Running>> running();
  // Moves what may be moved now; gives when there may be more, or nothing when the task has ended.
  Async<std::optional<SteadyTime>> step(Running task);
  Async<bool> move(store::Transaction& tx, Running task, size_t count, size_t& moved);
  Async<void> check_start(const Call& call, const api::sqs::StartMessageMoveTaskRequest& input);

  Parts parts_;
  // Since when a task has moved how many messages here, and when it is to go on.
  struct Pace {
    SteadyTime since;
    int64_t moved = 0;
    SteadyTime next;
  };
  std::map<Running, Pace> paces_;
};

}  // namespace hearth::services::sqs
