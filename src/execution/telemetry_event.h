// The events of an environment that extensions may subscribe to: the lines of the function and of extensions,
// and what the platform says of inits and invokes.
#pragma once
#include <cstdint>
#include <string_view>

#include "execution/telemetry_subscription.h"

namespace hearth::execution {

enum class TelemetryEvent : uint8_t {
  kFunction,
  kExtension,
  kInitStart,
  kInitRuntimeDone,
  kInitReport,
  kRestoreStart,
  kRestoreRuntimeDone,
  kRestoreReport,
  kStart,
  kRuntimeDone,
  kReport,
  kEnd,
  kFault,
  kExtensionState,
  kTelemetrySubscription,
  kLogsSubscription
};

// Its type, as those who subscribe are told: "function", "platform.initStart".
std::string_view name_of(TelemetryEvent event);
// What is written as a line, not by the platform.
inline bool is_line(TelemetryEvent event) {
  return event == TelemetryEvent::kFunction || event == TelemetryEvent::kExtension;
}
bool takes(const TelemetrySubscription& asked, TelemetryEvent event);

}  // namespace hearth::execution
