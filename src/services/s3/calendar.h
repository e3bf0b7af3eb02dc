// Days of a bucket's lifecycle: how long one is, and when what is counted in them is due.
#pragma once
#include <chrono>

#include "base/clock.h"

namespace hearth::services::s3 {

class Calendar {
 public:
  static constexpr std::chrono::seconds kRealDay{86'400};

  // Another day than the real one is for trying rules out.
  explicit Calendar(std::chrono::seconds day = kRealDay) : day_(day) {}

  // So many days later and, of real days, at the midnight (UTC) that follows.
  TimePoint after(TimePoint from, int64_t days) const {
    const TimePoint due = from + day_ * days;
    return is_real() ? TimePoint(std::chrono::ceil<std::chrono::days>(due)) : due;
  }
  // Nothing becomes due between this moment and `now`.
  TimePoint last_due(TimePoint now) const {
    return is_real() ? TimePoint(std::chrono::floor<std::chrono::days>(now)) : now;
  }
  std::chrono::seconds day() const { return day_; }

 private:
  bool is_real() const { return day_ == kRealDay; }

  std::chrono::seconds day_;
};

}  // namespace hearth::services::s3
