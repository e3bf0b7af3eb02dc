// Durations as log lines, records and callers have them: milliseconds with a fraction.
#pragma once
#include <chrono>

namespace hearth::execution {

inline double milliseconds(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace hearth::execution
