// The server's own log: one line an event on standard error, written by a background thread so that a slow
// terminal or pipe never delays a request; bounded, the oldest lines give way. Never log a secret, a payload
// or an Authorization header.
#pragma once
#include <spdlog/fmt/fmt.h>

#include <string_view>

namespace hearth::log {

enum class Level { kDebug, kInfo, kWarn, kError };

void start(Level level);
void stop();  // writes out what is queued
void write(Level level, std::string_view line);
bool enabled(Level level);

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kDebug)) write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kInfo)) write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::kWarn, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace hearth::log
