#include "execution/function_config.h"

#include <array>

namespace hearth::execution {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
// As lines of .NET spell them.
constexpr std::array<std::string_view, 6> kDotnetNames = {"Trace",   "Debug", "Information",
                                                          "Warning", "Error", "Critical"};

}  // namespace

std::string_view log_level_name(LogLevel level) {
  return kNames[static_cast<size_t>(level)];
}

std::optional<LogLevel> log_level_of(std::string_view name) {
  if (name == "WARNING") return LogLevel::kWarn;
  if (name == "CRITICAL") return LogLevel::kFatal;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name || kDotnetNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

}  // namespace hearth::execution
