// What happens to durable executions with time: ends of waits, next attempts of steps, timeouts of callbacks
// and of executions, the end of what is kept of them. A timer is a row, in the order of their times; waiting
// for it costs nothing else. It is put and erased with what it is for, so one that is found is meant.
//
// Threads: the loop that run() is on.
#pragma once
#include <set>
#include <string>

#include "io/task_scope.h"
#include "services/lambda/durable/parts.h"
#include "services/lambda/durable/ref.h"

namespace hearth::services::lambda {

class DurableExecution;

struct DurableTimer {
  enum Kind : int64_t { kOperation = 0, kHeartbeat = 1, kTimeout = 2, kRetention = 3 };

  TimePoint due;
  ExecutionRef execution;
  Kind kind;
  std::string operation;

  void put(store::Transaction& tx) const;
  void erase(store::Transaction& tx) const;
};

class DurableTimers {
 public:
  explicit DurableTimers(DurableParts& parts) : parts_(parts) {}

  // Works until its scope ends.
  Task<void> run();

 private:
  // Begins with what is due; the time of the next.
  Async<std::optional<TimePoint>> fire_due(io::TaskScope& scope);
  Task<void> fire(std::string key);
  Async<void> settle(std::string key);
  static Async<void> apply(DurableExecution& execution, DurableTimer timer);

  DurableParts& parts_;
  std::set<std::string> under_way_;
};

}  // namespace hearth::services::lambda
