// A value that some other thread or task will deliver once. The Promise is kept from any thread; the Future
// is awaited on one loop and resumes there. Dropping the future cancels the wait; a promise that is dropped
// without a value leaves its waiter suspended until that is cancelled.
#pragma once
#include <coroutine>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "io/loop.h"

namespace hearth::io {

namespace detail {

template <typename T>
struct FutureState {
  std::mutex mutex;
  std::optional<T> value;
  std::coroutine_handle<> waiting;
  Loop* loop = nullptr;
};

}  // namespace detail

template <typename T>
class Promise {
 public:
  explicit Promise(std::shared_ptr<detail::FutureState<T>> state) : state_(std::move(state)) {}

  // First value wins; false when there was one already.
  bool set(T value) const {
    auto& state = *state_;
    const std::lock_guard lock(state.mutex);
    if (state.value) return false;
    state.value.emplace(std::move(value));
    if (!state.waiting) return true;
    // Under the mutex: who waits keeps the loop, and does not go without it.
    state.loop->post([kept = state_] {
      std::coroutine_handle<> waiting;
      {
        const std::lock_guard of_state(kept->mutex);
        waiting = std::exchange(kept->waiting, {});
      }
      if (waiting) waiting.resume();
    });
    return true;
  }

 private:
  std::shared_ptr<detail::FutureState<T>> state_;
};

template <typename T>
class Future {
 public:
  Future() : state_(std::make_shared<detail::FutureState<T>>()) {}
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;

  Promise<T> promise() const { return Promise<T>(state_); }
  bool ready() const {
    const std::lock_guard lock(state_->mutex);
    return state_->value.has_value();
  }

  // co_await future: the value, moved out. Await it once.
  struct Awaiter {
    std::shared_ptr<detail::FutureState<T>> state;
    bool await_ready() const {
      const std::lock_guard lock(state->mutex);
      return state->value.has_value();
    }
    bool await_suspend(std::coroutine_handle<> waiting) {
      const std::lock_guard lock(state->mutex);
      if (state->value) return false;
      state->loop = &Loop::here();
      state->waiting = waiting;
      return true;
    }
    T await_resume() {
      const std::lock_guard lock(state->mutex);
      return *std::move(state->value);
    }
    ~Awaiter() {
      if (!state) return;
      const std::lock_guard lock(state->mutex);
      state->waiting = {};
    }
  };
  Awaiter operator co_await() const { return Awaiter{state_}; }

 private:
  std::shared_ptr<detail::FutureState<T>> state_;
};

}  // namespace hearth::io
