// The runtime identifiers that may be named.
#pragma once
#include <algorithm>
#include <array>
#include <string_view>

namespace hearth::services::lambda {

inline constexpr std::array<std::string_view, 28> kRuntimes = {
    "nodejs26.x",   "nodejs24.x", "nodejs22.x",      "nodejs20.x",  "nodejs18.x",    "python3.15",
    "python3.14",   "python3.13", "python3.12",      "python3.11",  "python3.10",    "python3.9",
    "java25",       "java21",     "java17.al2023",   "java17",      "java11.al2023", "java11",
    "java8.al2023", "java8.al2",  "dotnet10",        "dotnet8",     "ruby4.0",       "ruby3.4",
    "ruby3.3",      "ruby3.2",    "provided.al2023", "provided.al2"};

// Known, and refused for new code.
inline constexpr std::array<std::string_view, 23> kDeprecatedRuntimes = {
    "nodejs",     "nodejs4.3",  "nodejs4.3-edge", "nodejs6.10",    "nodejs8.10",    "nodejs10.x",
    "nodejs12.x", "nodejs14.x", "nodejs16.x",     "python2.7",     "python3.6",     "python3.7",
    "python3.8",  "java8",      "dotnetcore1.0",  "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1",
    "dotnet6",    "ruby2.5",    "ruby2.7",        "go1.x",         "provided"};

// From some version of these languages on.
constexpr bool has_snap_start(std::string_view runtime) {
  if (std::ranges::find(kRuntimes, runtime) == kRuntimes.end()) return false;
  constexpr std::array kOlder = {"java8", "python3.9", "python3.10", "python3.11"};
  const auto begins = [&](std::string_view name) { return runtime.starts_with(name); };
  return std::ranges::any_of(std::array{"java", "python3.", "dotnet"}, begins) &&
         std::ranges::none_of(kOlder, begins);
}

}  // namespace hearth::services::lambda
