#include "io/task_scope.h"

#include <atomic>
#include <utility>

#include "base/log.h"

namespace hearth::io {
namespace {

std::atomic<size_t> uncaught = 0;

}  // namespace

size_t uncaught_exceptions() {
  return uncaught.load();
}

// A running task's link in its scope's list; part of its coroutine's frame.
struct TaskScope::Node {
  TaskScope* scope = nullptr;
  Node* previous = nullptr;
  Node* next = nullptr;
  std::coroutine_handle<> handle;

  Node() = default;
  Node(const Node&) = delete;
  ~Node() {
    if (!scope) return;
    if (scope->first_ == this) scope->first_ = next;
    if (previous) previous->next = next;
    if (next) next->previous = previous;
    if (--scope->size_ == 0 && scope->waiting_for_drain_)
      std::exchange(scope->waiting_for_drain_, {}).resume();
  }
};

// A coroutine that frees itself when it ends.
struct TaskScope::Runner {
  struct promise_type : Node {
    Runner get_return_object() noexcept {
      handle = std::coroutine_handle<promise_type>::from_promise(*this);
      return {this};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {
      ++uncaught;
      try {
        throw;
      } catch (const std::exception& error) {
        log::error("uncaught exception in a background task: {}", error.what());
      } catch (...) {
        log::error("uncaught exception of unknown type in a background task");
      }
    }
  };

  Node* node;
};

void TaskScope::spawn(Task<void> task) {
  if (closed_) return;
  auto body = [](Task<void> inner) -> Runner { co_await std::move(inner); };
  Node& node = *body(std::move(task)).node;
  node.scope = this;
  node.next = first_;
  if (first_) first_->previous = &node;
  first_ = &node;
  ++size_;
  node.handle.resume();
}

void TaskScope::cancel() {
  closed_ = true;
  const std::coroutine_handle<> waiting = std::exchange(waiting_for_drain_, {});
  while (first_) first_->handle.destroy();
  if (waiting) waiting.resume();
}

Task<void> TaskScope::drained() {
  struct Awaiter {
    TaskScope& scope;
    bool await_ready() const noexcept { return scope.size_ == 0; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept { scope.waiting_for_drain_ = waiting; }
    void await_resume() const noexcept {}
    ~Awaiter() { scope.waiting_for_drain_ = {}; }
  };
  co_await Awaiter{*this};
}

}  // namespace hearth::io
