// The event loop: one thread that waits for descriptors and timers (epoll) and resumes the coroutines that
// wait for them. A server runs one a core. Everything a coroutine awaits resumes it on the loop it ran on.
//
// Why our own and not a library's: a task is cancelled by destroying it, so every awaiter deregisters itself
// in its destructor without allocating or waiting for an aborted completion, and a simulator can stand in for
// the descriptors and the clock.
//
// Threads: post() and stop() may be called from any thread; all else only on the loop's own thread.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/task.h"

namespace hearth::io {

class Descriptor;
class Loop;
class TaskScope;

// A point in time at which a loop calls back. Disarms itself when destroyed.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  ~Timer() { disarm(); }
  // REQUIRES not armed. Fires on this loop; the callback may destroy the timer.
  void arm(Loop& loop, SteadyTime at, std::move_only_function<void()> fire);
  void disarm();

 private:
  friend class Loop;
  Loop* loop_ = nullptr;
  std::move_only_function<void()> fire_;
  std::multimap<SteadyTime, Timer*>::iterator place_;
};

// Suspends the calling coroutine for a while: co_await sleep_for(100ms).
class SleepAwaiter {
 public:
  explicit SleepAwaiter(SteadyTime at) : at_(at) {}
  SleepAwaiter(const SleepAwaiter&) = delete;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting);
  void await_resume() noexcept {}

 private:
  SteadyTime at_;
  Timer timer_;
};

class Loop {
 public:
  using Work = std::move_only_function<void()>;

  explicit Loop(const Clock& clock = system_clock());
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // The loop that runs on this thread. REQUIRES one for here().
  static Loop* current();
  static Loop& here();

  const Clock& clock() const { return clock_; }
  SteadyTime now() const { return clock_.steady_now(); }

  // Owns the tasks that other loops asked this one to run (io/run_on.h); they end when run() does.
  TaskScope& visitors();

  void run();            // until stop()
  void stop();           // any thread
  void post(Work work);  // any thread; runs in order of posting
  // For so long from now it does not sleep when there is nothing to do, but gives way to others and looks
  // again: a virtual core that slept takes 50 us to begin, several times what a small request takes.
  void stay_awake(std::chrono::nanoseconds time) { awake_until_ = std::max(awake_until_, now() + time); }

  // Runs `task` on this thread until it is done, for main functions and tests.
  void run_until_done(Task<void> task);

 private:
  friend class Descriptor;
  friend class Timer;

  static constexpr int kEventsPerWait = 128;
  struct Events;

  void run_posted();
  void run_timers();
  int wait(int timeout_ms);
  int wait_ms() const;
  void dispatch(int count);
  void forget(Descriptor* descriptor);

  const Clock& clock_;
  Fd epoll_;
  Fd wakeup_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<TaskScope> visitors_;
  std::multimap<SteadyTime, Timer*> timers_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> sleeping_ = false;
  SteadyTime awake_until_{};
  std::mutex posted_mutex_;
  std::vector<Work> posted_;
  std::vector<Work> running_;
};

SleepAwaiter sleep_for(std::chrono::nanoseconds duration);
SleepAwaiter sleep_until(SteadyTime at);

// Lets other work of this loop run before going on; for long loops.
struct YieldAwaiter {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting);
  void await_resume() const noexcept {}
  ~YieldAwaiter();
  std::shared_ptr<bool> alive;
};
YieldAwaiter yield_now();

// A non-blocking descriptor that a loop watches. Edge-triggered: try the call first, and only when it says
// EAGAIN await readable() or writable(). At most one coroutine may wait in each direction.
class Descriptor {
 public:
  // Takes the descriptor and makes it non-blocking; watched by the current loop from its first wait on.
  explicit Descriptor(Fd fd);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_.get(); }

  // co_await gives true when the descriptor may be ready, false when the deadline was first.
  class ReadyAwaiter {
   public:
    ReadyAwaiter(Descriptor& descriptor, ReadyAwaiter** slot, std::optional<SteadyTime> deadline)
        : descriptor_(descriptor), slot_(slot), deadline_(deadline) {}
    ReadyAwaiter(const ReadyAwaiter&) = delete;
    ~ReadyAwaiter() {
      if (*slot_ == this) *slot_ = nullptr;
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    bool await_resume() const noexcept { return !late_; }

   private:
    friend class Loop;
    Descriptor& descriptor_;
    ReadyAwaiter** slot_;
    std::optional<SteadyTime> deadline_;
    Timer timer_;
    bool late_ = false;
    std::coroutine_handle<> waiting_;
  };

  // Waiting on another loop than before moves the descriptor there. REQUIRES that nobody waits on the old
  // one.
  ReadyAwaiter readable(std::optional<SteadyTime> deadline = {}) { return {*this, &reader_, deadline}; }
  ReadyAwaiter writable(std::optional<SteadyTime> deadline = {}) { return {*this, &writer_, deadline}; }
  // Stops watching and gives the descriptor back.
  Fd release();

 private:
  friend class Loop;
  void watch_here();
  void unwatch();

  Fd fd_;
  Loop* loop_ = nullptr;
  ReadyAwaiter* reader_ = nullptr;
  ReadyAwaiter* writer_ = nullptr;
};

}  // namespace hearth::io
