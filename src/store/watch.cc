#include "store/watch.h"

#include <algorithm>

namespace hearth::store {

// `changed` is set by committing threads; the rest belongs to the watch's loop, `loop` and `waiting` under
// the mutex because a committing thread looks at them.
struct Watch::State : std::enable_shared_from_this<State> {
  std::string prefix;
  std::atomic<uint64_t> count = 0;
  std::mutex mutex;
  bool changed = false;
  io::Loop* loop = nullptr;
  std::coroutine_handle<> waiting;
  io::Timer timer;

  void wake() {
    const auto kept = shared_from_this();  // the waiter may let go of it
    timer.disarm();
    std::coroutine_handle<> resumed;
    {
      const std::lock_guard lock(mutex);
      resumed = std::exchange(waiting, {});
    }
    if (resumed) resumed.resume();
  }

  static void tell(const StatePtr& state) {
    io::Loop* loop = nullptr;
    ++state->count;
    {
      const std::lock_guard lock(state->mutex);
      if (std::exchange(state->changed, true)) return;
      if (state->waiting) loop = state->loop;
    }
    if (loop) loop->post([state] { state->wake(); });
  }
};

namespace {

struct ChangeAwaiter {
  Watch::StatePtr state;
  std::optional<SteadyTime> deadline;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) {
    io::Loop& loop = io::Loop::here();
    const std::lock_guard lock(state->mutex);
    if (state->changed) return false;
    state->loop = &loop;
    state->waiting = waiting;
    // The timer is a part of the state and must not keep it.
    if (deadline) state->timer.arm(loop, *deadline, [own = state.get()] { own->wake(); });
    return true;
  }
  bool await_resume() {
    const std::lock_guard lock(state->mutex);
    return std::exchange(state->changed, false);
  }
  ~ChangeAwaiter() {
    state->timer.disarm();
    const std::lock_guard lock(state->mutex);
    state->waiting = {};
  }
};

}  // namespace

// The list is shared: see watch.h.
Watch::Watch(std::shared_ptr<WatchList> list, StatePtr state)
    : list_(std::move(list)), state_(std::move(state)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch::~Watch() {
  if (list_) list_->forget(*state_);
}

uint64_t Watch::count() const {
  return state_->count;
}

Task<bool> Watch::changed(std::optional<SteadyTime> deadline) {
  ChangeAwaiter awaiter{state_, deadline};
  co_return co_await awaiter;
}

Watch WatchList::watch(std::string prefix) {
  auto state = std::make_shared<Watch::State>();
  state->prefix = std::move(prefix);
  const std::lock_guard lock(mutex_);
  lengths_.insert(state->prefix.size());
  by_prefix_[state->prefix].push_back(state);
  ++count_;
  return Watch(shared_from_this(), std::move(state));
}

void WatchList::forget(const Watch::State& state) {
  const std::lock_guard lock(mutex_);
  const auto found = by_prefix_.find(state.prefix);
  std::erase_if(found->second, [&](const auto& other) { return other.get() == &state; });
  --count_;
  if (!found->second.empty()) return;
  const size_t length = state.prefix.size();
  by_prefix_.erase(found);
  const auto same_length = [&](const auto& entry) { return entry.first.size() == length; };
  if (std::ranges::none_of(by_prefix_, same_length)) lengths_.erase(length);
}

void WatchList::key_changed(std::string_view key) {
  if (count_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  for (const size_t length : lengths_) {
    if (length > key.size()) break;
    const auto found = by_prefix_.find(key.substr(0, length));
    if (found == by_prefix_.end()) continue;
    for (const auto& state : found->second) Watch::State::tell(state);
  }
}

void WatchList::range_changed(std::string_view begin, std::string_view end) {
  if (count_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  for (const auto& [prefix, states] : by_prefix_) {
    // The keys under the prefix and the range meet, or the range begins among them.
    const bool meets = prefix < end && (begin <= prefix || begin.starts_with(prefix));
    if (!meets) continue;
    for (const auto& state : states) Watch::State::tell(state);
  }
}

}  // namespace hearth::store
