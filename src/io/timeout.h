// with_timeout(task, duration): the task's value, or nothing when the time was up first; the task is then
// cancelled. The value decides if both happen at once.
#pragma once
#include <chrono>
#include <optional>

#include "io/loop.h"
#include "io/task_scope.h"

namespace hearth::io {

namespace detail {

// Resumes its waiter when it is told that one of the two ways ended.
struct RaceAwaiter {
  std::coroutine_handle<> waiting;
  bool done = false;

  struct View {
    RaceAwaiter& race;
    bool await_ready() const noexcept { return race.done; }
    void await_suspend(std::coroutine_handle<> handle) noexcept { race.waiting = handle; }
    void await_resume() const noexcept {}
  };
  void finish() {
    done = true;
    if (!waiting) return;
    // Through the queue: the waiter destroys the scope of the task that calls this.
    Loop::here().post([handle = waiting, alive = std::weak_ptr<bool>(alive)] {
      if (alive.lock()) handle.resume();
    });
    waiting = {};
  }
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

}  // namespace detail

template <typename T>
Task<std::optional<T>> with_timeout(Task<T> task, std::chrono::nanoseconds duration) {
  detail::RaceAwaiter race;
  std::optional<T> value;
  TaskScope scope;
  auto work = [](Task<T> inner, std::optional<T>& out, detail::RaceAwaiter& ended) -> Task<void> {
    out.emplace(co_await std::move(inner));
    ended.finish();
  };
  auto timer = [](std::chrono::nanoseconds time, detail::RaceAwaiter& ended) -> Task<void> {
    co_await sleep_for(time);
    ended.finish();
  };
  scope.spawn(work(std::move(task), value, race));
  if (!race.done) scope.spawn(timer(duration, race));
  co_await detail::RaceAwaiter::View{race};
  co_return std::move(value);
}

}  // namespace hearth::io
