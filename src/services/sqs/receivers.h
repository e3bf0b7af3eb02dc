// Those who wait for messages. The receivers of a queue on this node stand in one line, which one coroutine
// attends to: it claims messages for many of them in one transaction, and sleeps until something comes, until
// a message's time has come, or until somebody has waited long enough. A receiver that waits costs its place
// in the line and nothing else.
//
// Threads: receive() and stop() on any that runs a loop.
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>

#include "io/future.h"
#include "services/sqs/claims.h"

namespace hearth::services::sqs {

// A copy of it stands beside every receiver that waits, so it is small.
struct Received {
  uint64_t contents = 0;  // QueueRecord::contents
  std::vector<Claim> claims;
};

class Receivers {
 public:
  explicit Receivers(Parts parts);
  ~Receivers();

  // Joins the line, and waits so long for a first message; then as many as there are, up to what is wanted.
  // Errors: "QueueDoesNotExist" (also when it goes meanwhile), "OverLimit", the store's.
  Async<Received> receive(const QueueRef& ref, uint64_t queue_id, Want want, std::chrono::seconds wait);
  // From now on nobody waits.
  void stop();

 private:
  class Line;
  // Shared by the receivers that join it and the coroutine that attends to it.
  using LinePtr = std::shared_ptr<Line>;

  void join(const QueueRef& ref, uint64_t queue_id, Want want, std::chrono::seconds wait,
            io::Promise<Result<Received>> answer);
  // All that is kept of one who waits.
  static Async<Received> received(io::Future<Result<Received>> answer);
  bool is_stopped();

  const Parts parts_;
  const Claimer claimer_;
  std::mutex mutex_;
  bool stopped_ = false;
  std::unordered_map<std::string, LinePtr> lines_;
};

}  // namespace hearth::services::sqs
