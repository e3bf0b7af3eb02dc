// Watch: wakes a coroutine when something under a prefix was committed. A hint only: it may come spuriously,
// late, or once for many changes, so its user reads again and polls now and then (at most a second apart)
// where a forgotten change would hurt: in a cluster a hint can be lost.
//
// Threads: a Watch is made, awaited and destroyed on one loop; committing threads tell WatchList.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/task.h"
#include "io/loop.h"

namespace hearth::store {

class WatchList;

class Watch {
 public:
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) = delete;
  ~Watch();

  // Completes at once if something was committed since the watch was made or since the last changed(); true
  // then, false when the deadline came first. One waiter at a time.
  Task<bool> changed(std::optional<SteadyTime> deadline = {});
  // How often something was committed since the watch was made. In one process it counts a commit before the
  // commit is answered, so that what was read at an equal count is still so. Any thread.
  uint64_t count() const;

  struct State;
  // Shared by the watch, the list, and the wake-up that is on its way.
  using StatePtr = std::shared_ptr<State>;

 private:
  friend class WatchList;
  // A watch may outlive the store it came from, so it shares the list.
  Watch(std::shared_ptr<WatchList> list, StatePtr state);

  std::shared_ptr<WatchList> list_;
  StatePtr state_;
};

class WatchList : public std::enable_shared_from_this<WatchList> {
 public:
  Watch watch(std::string prefix);
  // Any thread. Wakes what watches a prefix of the key, or a prefix inside the range.
  void key_changed(std::string_view key);
  void range_changed(std::string_view begin, std::string_view end);

 private:
  friend class Watch;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using States = std::vector<Watch::StatePtr>;

  void forget(const Watch::State& state);

  std::mutex mutex_;
  std::unordered_map<std::string, States, Hash, std::equal_to<>> by_prefix_;
  std::set<size_t> lengths_;  // of the prefixes, so that a key is looked up once a length
  std::atomic<size_t> count_ = 0;
};

}  // namespace hearth::store
