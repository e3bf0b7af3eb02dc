// Time as an interface, so that a test or a simulator can own it. Nothing outside base and io asks the
// operating system for the time.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace hearth {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;  // wall clock, UTC
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

// The machine's clocks.
const Clock& system_clock();

inline int64_t epoch_ms(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
inline double epoch_seconds(TimePoint time) {
  return static_cast<double>(epoch_ms(time)) / 1000.0;
}
inline TimePoint from_epoch_ms(int64_t ms) {
  return TimePoint(std::chrono::milliseconds(ms));
}

std::string iso8601_ms(TimePoint time);        // 2026-01-31T12:34:56.789Z
std::string iso8601_seconds(TimePoint time);   // 2026-01-31T12:34:56Z
std::string lambda_timestamp(TimePoint time);  // 2026-01-31T12:34:56.789+0000
std::string http_date(TimePoint time);         // Sat, 31 Jan 2026 12:34:56 GMT
std::string amz_basic_date(TimePoint time);    // 20260131T123456Z
std::string date_slashes(TimePoint time);      // 2026/01/31

}  // namespace hearth
