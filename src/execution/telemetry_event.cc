#include "execution/telemetry_event.h"

#include <array>

namespace hearth::execution {
namespace {

using Asked = TelemetrySubscription;

// Which of the two interfaces has it.
enum class Of : uint8_t { kBoth, kTelemetry, kLogs };

struct Row {
  TelemetryEvent event;
  std::string_view name;
  bool Asked::* wanted;
  Of interface = Of::kBoth;
};

using enum TelemetryEvent;
constexpr std::array kRows = {
    Row{kFunction, "function", &Asked::function},
    Row{kExtension, "extension", &Asked::extension},
    Row{kInitStart, "platform.initStart", &Asked::platform, Of::kTelemetry},
    Row{kInitRuntimeDone, "platform.initRuntimeDone", &Asked::platform, Of::kTelemetry},
    Row{kInitReport, "platform.initReport", &Asked::platform, Of::kTelemetry},
    Row{kRestoreStart, "platform.restoreStart", &Asked::platform, Of::kTelemetry},
    Row{kRestoreRuntimeDone, "platform.restoreRuntimeDone", &Asked::platform, Of::kTelemetry},
    Row{kRestoreReport, "platform.restoreReport", &Asked::platform, Of::kTelemetry},
    Row{kStart, "platform.start", &Asked::platform},
    Row{kRuntimeDone, "platform.runtimeDone", &Asked::runtime_done},
    Row{kReport, "platform.report", &Asked::platform},
    Row{kEnd, "platform.end", &Asked::platform, Of::kLogs},
    Row{kFault, "platform.fault", &Asked::platform, Of::kLogs},
    Row{kExtensionState, "platform.extension", &Asked::platform},
    Row{kTelemetrySubscription, "platform.telemetrySubscription", &Asked::platform, Of::kTelemetry},
    Row{kLogsSubscription, "platform.logsSubscription", &Asked::platform, Of::kLogs}};

constexpr bool complete() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<size_t>(kRows[i].event) != i) return false;
  }
  return kRows.size() == static_cast<size_t>(kLogsSubscription) + 1;
}
static_assert(complete(), "each event has its row, in their order");

const Row& row_of(TelemetryEvent event) {
  return kRows[static_cast<size_t>(event)];
}

}  // namespace

std::string_view name_of(TelemetryEvent event) {
  return row_of(event).name;
}

bool takes(const TelemetrySubscription& asked, TelemetryEvent event) {
  const Row& row = row_of(event);
  return asked.*row.wanted && row.interface != (asked.logs_api ? Of::kTelemetry : Of::kLogs);
}

}  // namespace hearth::execution
