// TaskScope: owns tasks that run beside their creator. Nothing in Hearth runs detached: background work
// lives in the scope of the object it serves, and ends with it.
//
// Threads: one loop's thread. A scope must not be cancelled or destroyed by one of its own tasks.
#pragma once
#include <coroutine>
#include <cstddef>

#include "base/task.h"

namespace hearth::io {

class TaskScope {
 public:
  TaskScope() = default;
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  ~TaskScope() { cancel(); }

  // Starts the task at once, up to its first suspension. An exception that leaves it is logged and counted
  // (uncaught_exceptions()). After close() or cancel() began, the task is dropped unstarted.
  void spawn(Task<void> task);
  size_t size() const { return size_; }
  // No further tasks are taken.
  void close() { closed_ = true; }
  // Waits until no task is left. One waiter at a time.
  Task<void> drained();
  // Destroys all tasks.
  void cancel();

 private:
  struct Node;
  struct Runner;

  Node* first_ = nullptr;
  size_t size_ = 0;
  bool closed_ = false;
  std::coroutine_handle<> waiting_for_drain_;
};

// Exceptions that reached a scope since the process started. Tests assert zero.
size_t uncaught_exceptions();

}  // namespace hearth::io
