#include "io/loop.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "io/task_scope.h"

namespace hearth::io {
namespace {

thread_local Loop* current_loop = nullptr;

}  // namespace

struct Loop::Events {
  std::array<epoll_event, kEventsPerWait> all;
  int next = 0;
  int count = 0;
};

// ----- timers -----

void Timer::arm(Loop& loop, SteadyTime at, std::move_only_function<void()> fire) {
  loop_ = &loop;
  fire_ = std::move(fire);
  place_ = loop.timers_.emplace(at, this);
}

void Timer::disarm() {
  if (!loop_) return;
  std::exchange(loop_, nullptr)->timers_.erase(place_);
  // What the callback holds goes last: it may own this timer.
  const auto gone = std::exchange(fire_, nullptr);
}

void SleepAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  timer_.arm(Loop::here(), at_, [waiting] { waiting.resume(); });
}

SleepAwaiter sleep_for(std::chrono::nanoseconds duration) {
  return SleepAwaiter(Loop::here().now() + duration);
}
SleepAwaiter sleep_until(SteadyTime at) {
  return SleepAwaiter(at);
}

YieldAwaiter yield_now() {
  return YieldAwaiter{std::make_shared<bool>(true)};
}
YieldAwaiter::~YieldAwaiter() {
  if (alive) *alive = false;
}
void YieldAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  Loop::here().post([waiting, alive = alive] {
    if (*alive) waiting.resume();
  });
}

// ----- the loop -----

Loop::Loop(const Clock& clock)
    : clock_(clock),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      events_(std::make_unique<Events>()),
      visitors_(std::make_unique<TaskScope>()) {
  CHECK(epoll_.valid() && wakeup_.valid(), "no descriptors left for an event loop");
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event) == 0);
}

Loop::~Loop() = default;

TaskScope& Loop::visitors() {
  return *visitors_;
}

Loop* Loop::current() {
  return current_loop;
}

Loop& Loop::here() {
  CHECK(current_loop != nullptr, "awaited outside an event loop");
  return *current_loop;
}

void Loop::post(Work work) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(work));
  }
  // The loop says that it sleeps before it looks at the queue a last time, so one of the two sees the other.
  if (current_loop != this && sleeping_.load()) {
    const uint64_t one = 1;
    (void)!::write(wakeup_.get(), &one, sizeof one);
  }
}

void Loop::stop() {
  stopping_.store(true);
  const uint64_t one = 1;
  (void)!::write(wakeup_.get(), &one, sizeof one);
}

void Loop::run_posted() {
  {
    const std::lock_guard lock(posted_mutex_);
    running_.swap(posted_);
  }
  for (Work& work : running_) work();
  running_.clear();
}

void Loop::run_timers() {
  if (timers_.empty()) return;
  const SteadyTime time = now();
  while (!timers_.empty() && timers_.begin()->first <= time) {
    Timer* timer = timers_.begin()->second;
    auto fire = std::move(timer->fire_);  // the timer may die in its own callback
    timer->disarm();
    fire();
  }
}

int Loop::wait(int timeout_ms) {
  const auto look = [this](int ms) {
    return ::epoll_wait(epoll_.get(), events_->all.data(), kEventsPerWait, ms);
  };
  if (timeout_ms != 0 && now() < awake_until_) {
    const SteadyTime due = timers_.empty() ? SteadyTime::max() : timers_.begin()->first;
    for (SteadyTime time = now(); time < awake_until_; time = now()) {
      const int count = look(0);
      if (count != 0 || time >= due) return count;
      ::sched_yield();
    }
  }
  return look(timeout_ms);
}

int Loop::wait_ms() const {
  if (timers_.empty()) return -1;
  const auto left = timers_.begin()->first - now();
  if (left.count() <= 0) return 0;
  return static_cast<int>(
      std::min<int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 60'000));
}

void Loop::run() {
  Loop* const outer = std::exchange(current_loop, this);
  while (!stopping_.load(std::memory_order_relaxed)) {
    run_posted();
    run_timers();
    sleeping_.store(true);
    bool idle;
    {
      const std::lock_guard lock(posted_mutex_);
      idle = posted_.empty();
    }
    const int count = wait(idle ? wait_ms() : 0);
    sleeping_.store(false, std::memory_order_relaxed);
    dispatch(std::max(count, 0));
  }
  stopping_.store(false);
  visitors_ = std::make_unique<TaskScope>();
  current_loop = outer;
}

void Loop::dispatch(int count) {
  events_->count = count;
  for (events_->next = 0; events_->next < events_->count;) {
    epoll_event& event = events_->all[static_cast<size_t>(events_->next++)];
    if (event.data.ptr == nullptr) {
      uint64_t ignored;
      (void)!::read(wakeup_.get(), &ignored, sizeof ignored);
      continue;
    }
    const uint32_t happened = event.events;
    constexpr uint32_t kBroken = EPOLLERR | EPOLLHUP;
    // A resumed coroutine may destroy the descriptor; forget() then clears the event's pointer.
    if (happened & (EPOLLIN | EPOLLRDHUP | kBroken)) {
      auto* descriptor = static_cast<Descriptor*>(event.data.ptr);
      if (auto* reader = std::exchange(descriptor->reader_, nullptr)) reader->waiting_.resume();
    }
    if (event.data.ptr != nullptr && (happened & (EPOLLOUT | kBroken))) {
      auto* descriptor = static_cast<Descriptor*>(event.data.ptr);
      if (auto* writer = std::exchange(descriptor->writer_, nullptr)) writer->waiting_.resume();
    }
  }
  events_->count = 0;
}

void Loop::forget(Descriptor* descriptor) {
  for (int i = std::max(events_->next - 1, 0); i < events_->count; ++i) {
    auto& event = events_->all[static_cast<size_t>(i)];
    if (event.data.ptr == descriptor) event.data.ptr = nullptr, event.events = 0;
  }
}

void Loop::run_until_done(Task<void> task) {
  Loop* const outer = std::exchange(current_loop, this);
  {
    TaskScope scope;
    auto body = [](Task<void> inner, Loop& loop) -> Task<void> {
      co_await std::move(inner);
      loop.stop();
    };
    scope.spawn(body(std::move(task), *this));
    if (scope.size() > 0)
      run();
    else
      stopping_.store(false);
  }
  current_loop = outer;
}

// ----- descriptors -----

Descriptor::Descriptor(Fd fd) : fd_(std::move(fd)) {
  const int flags = ::fcntl(fd_.get(), F_GETFL);
  if (flags >= 0 && !(flags & O_NONBLOCK)) ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK);
}

Descriptor::~Descriptor() {
  unwatch();
}

void Descriptor::unwatch() {
  if (!loop_) return;
  if (loop_ == current_loop) loop_->forget(this);
  ::epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_DEL, fd_.get(), nullptr);
  loop_ = nullptr;
}

Fd Descriptor::release() {
  unwatch();
  return std::move(fd_);
}

void Descriptor::watch_here() {
  Loop& loop = Loop::here();
  if (loop_ == &loop) return;
  unwatch();
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = this}};
  const int added = ::epoll_ctl(loop.epoll_.get(), EPOLL_CTL_ADD, fd_.get(), &event);
  CHECK(added == 0, std::strerror(errno));
  loop_ = &loop;
}

void Descriptor::ReadyAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  DCHECK(*slot_ == nullptr, "two coroutines wait on one descriptor");
  *slot_ = this;
  descriptor_.watch_here();  // a first or moved registration reports readiness that is already there
  if (!deadline_) return;
  timer_.arm(Loop::here(), *deadline_, [this] {
    late_ = true;
    *slot_ = nullptr;
    waiting_.resume();
  });
}

}  // namespace hearth::io
