// What moments a table can be taken back to.
#pragma once
#include <algorithm>
#include <cstdint>

#include "services/dynamodb/records.h"

namespace hearth::services::dynamodb {

inline int64_t earliest_recovery_ms(const TableLog& log, int64_t now_ms) {
  constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;
  return std::max(log.recovery_since_ms, now_ms - log.recovery_days * kDayMs);
}

// Whether the moment is one of them. SDKs send whole seconds: who asks for the earliest moment as it was told
// asks for the second that it lies in, and is given that moment.
inline bool place_in_window(const TableLog& log, int64_t now_ms, int64_t& moment_ms) {
  constexpr int64_t kSecondMs = 1000;
  const int64_t earliest = earliest_recovery_ms(log, now_ms);
  if (moment_ms > now_ms || moment_ms < earliest - earliest % kSecondMs) return false;
  moment_ms = std::max(moment_ms, earliest);
  return true;
}

}  // namespace hearth::services::dynamodb
