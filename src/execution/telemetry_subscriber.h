// Sends events to one extension: gathered in batches as it asked, over HTTP or TCP into its sandbox's own
// network. What an extension does not take in time is held up to twice its buffer; beyond that events are
// dropped, counted, and the count is told once it takes events again. Nothing else waits for it.
//
// Threads: the sandbox's loop.
#pragma once
#include <deque>
#include <memory>
#include <string>

#include "base/clock.h"
#include "execution/telemetry_subscription.h"
#include "io/channel.h"
#include "io/stream.h"
#include "io/task_scope.h"
#include "sandbox/sandbox.h"

namespace hearth::execution {

class TelemetrySubscriber {
 public:
  // References outlive it.
  TelemetrySubscriber(TelemetrySubscription asked, sandbox::Sandbox& sandbox, const Clock& clock);
  TelemetrySubscriber(const TelemetrySubscriber&) = delete;

  const TelemetrySubscription& asked() const { return asked_; }
  void add(std::string event);
  // What there is need not wait for more.
  void flush();

 private:
  void append(std::string event);
  Task<void> run();
  bool full() const { return events_.size() >= asked_.items_max || bytes_ >= asked_.bytes_max; }
  void take_batch();
  Task<void> send_batch();
  void tell_dropped();
  Async<void> send();
  Async<std::unique_ptr<io::SocketStream>> connect();
  std::string message() const;

  const TelemetrySubscription asked_;
  sandbox::Sandbox& sandbox_;
  const Clock& clock_;
  io::Channel<bool> changes_;
  std::deque<std::string> events_;
  size_t bytes_ = 0;
  SteadyTime first_at_{};  // when the oldest of them came
  bool flushing_ = false;
  std::deque<std::string> batch_;  // that is on its way
  size_t dropped_ = 0;
  size_t dropped_bytes_ = 0;
  std::unique_ptr<io::SocketStream> stream_;  // of TCP, kept
  io::TaskScope tasks_;                       // last, so that it ends first
};

}  // namespace hearth::execution
