#include "execution/arrivals.h"

#include <algorithm>
#include <cmath>

namespace hearth::execution {
namespace {

using std::chrono::nanoseconds;

constexpr double kClassesPerDoubling = 4;
constexpr size_t kPausesMin = 4;   // that say anything
constexpr size_t kPausesMax = 32;  // before all count half
// Nine in ten pauses lie within such a factor of each other.
constexpr double kAlike = 2.5;
constexpr double kShare = 0.9;
constexpr double kMargin = 1.1;
constexpr nanoseconds kForgetTime = std::chrono::hours(48);

nanoseconds times(double factor, nanoseconds time) {
  return nanoseconds(static_cast<int64_t>(factor * static_cast<double>(time.count())));
}

}  // namespace

size_t Arrivals::class_of(nanoseconds pause) {
  const double doublings =
      std::log2(static_cast<double>(pause.count()) / static_cast<double>(kPauseMin.count()));
  return std::min(static_cast<size_t>(std::max(0.0, doublings * kClassesPerDoubling)), kClasses - 1);
}

nanoseconds Arrivals::begin_of(size_t index) {
  return times(std::exp2(static_cast<double>(index) / kClassesPerDoubling), kPauseMin);
}

void Arrivals::rests(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  rested_ = now;
}

void Arrivals::came_after(nanoseconds pause) {
  if (pause < kPauseMin) return;
  const std::lock_guard lock(mutex_);
  if (total_ == kPausesMax) {
    total_ = 0;
    for (uint8_t& count : counts_) total_ += count /= 2;
  }
  ++counts_[class_of(pause)];
  ++total_;
}

void Arrivals::came_late(SteadyTime now) {
  std::unique_lock lock(mutex_);
  const auto rested = rested_;
  lock.unlock();
  if (rested) came_after(now - *rested);
}

std::optional<nanoseconds> Arrivals::latest() const {
  const std::lock_guard lock(mutex_);
  if (total_ < kPausesMin) return std::nullopt;
  // The class in which so many of all pauses are reached.
  const auto reached = [this](double share) {
    size_t index = 0;
    for (double missing = share * static_cast<double>(total_); index < kClasses; ++index) {
      missing -= counts_[index];
      if (missing <= 0) break;
    }
    return index;
  };
  const nanoseconds latest = times(kMargin, begin_of(reached(kShare) + 1));
  if (latest > times(kAlike, begin_of(reached(1 - kShare)))) return std::nullopt;
  return latest;
}

nanoseconds Arrivals::keep_time(nanoseconds usual) const {
  const auto next = latest();
  // What comes later than that is not worth the memory until then.
  return next && *next <= kUsualMax * usual ? std::max(*next, usual) : usual;
}

nanoseconds Arrivals::expected_wait(nanoseconds idle) const {
  const auto next = latest();
  return next && idle < *next ? *next - idle : idle;
}

bool Arrivals::forgotten(SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  return !rested_ || now - *rested_ >= kForgetTime;
}

}  // namespace hearth::execution
