// Arrivals: when a function's next invoke is likely, by how long its environments were idle before those it
// had. Where the pauses have been alike, an environment is worth keeping until the next has had its time, and
// is worth little after it.
//
// Pauses are counted by their length, four classes to a doubling; old ones lose their weight. Short ones say
// nothing that matters: nobody ends an environment so soon.
//
// Threads: any.
#pragma once
#include <array>
#include <chrono>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace hearth::execution {

class Arrivals {
 public:
  static constexpr std::chrono::nanoseconds kPauseMin = std::chrono::minutes(1);
  // What an environment is kept at most, in times of the usual.
  static constexpr int kUsualMax = 12;

  // An environment has become idle.
  void rests(SteadyTime now);
  // An invoke has come for one that was idle so long; or for none, as the function has none any more.
  void came_after(std::chrono::nanoseconds pause);
  void came_late(SteadyTime now);

  // How long an environment that becomes idle now shall stay, where `usual` is what others do.
  std::chrono::nanoseconds keep_time(std::chrono::nanoseconds usual) const;
  // How long one that has been idle for so long will go on to be. Of what nothing is known: as long again.
  std::chrono::nanoseconds expected_wait(std::chrono::nanoseconds idle) const;
  // Nothing has come for so long that what is known of it is of no use.
  bool forgotten(SteadyTime now) const;

 private:
  static constexpr size_t kClasses = 48;
  static size_t class_of(std::chrono::nanoseconds pause);
  static std::chrono::nanoseconds begin_of(size_t index);
  // Where the pauses have been alike: by when the next invoke comes.
  std::optional<std::chrono::nanoseconds> latest() const;

  mutable std::mutex mutex_;
  std::array<uint8_t, kClasses> counts_{};
  size_t total_ = 0;
  std::optional<SteadyTime> rested_;  // last
};

}  // namespace hearth::execution
