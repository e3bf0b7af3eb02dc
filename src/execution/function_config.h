// What a version of a function is, as far as running it goes. Immutable; a change of the function makes a new
// one with another revision, and with it new environments.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::execution {

enum class LogFormat { kText, kJson };

// TRACE .. FATAL for what the function writes, DEBUG .. WARN for what the platform writes.
enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kFatal };

std::string_view log_level_name(LogLevel level);  // "INFO"
std::optional<LogLevel> log_level_of(std::string_view name);

struct LogSettings {
  std::string group;          // "/aws/lambda/name"
  bool shared_group = false;  // the stream's name then says the function's
  LogFormat format = LogFormat::kText;
  LogLevel application_level = LogLevel::kInfo;  // JSON format only
  LogLevel system_level = LogLevel::kInfo;
};

// What a function from a container image has in the place of a runtime and a package.
struct ImageProgram {
  std::string root;                      // the image's files, on the host
  std::vector<std::string> argv;         // entry point and command
  std::string directory;                 // where it is started, inside
  std::vector<std::string> environment;  // NAME=value; the function's own win
};

struct FunctionConfig {
  std::string account;
  std::string region;
  std::string name;
  std::string version;   // "$LATEST" or a number
  std::string arn;       // unqualified
  std::string revision;  // of code and configuration together
  std::string tenant;    // whose environments these are, where each has its own; else empty
  std::string runtime;   // "python3.12"; empty: the function is from an image
  std::string handler;
  std::string role_arn;
  std::string code_directory;         // on the host, laid at /var/task
  std::string layers_directory;       // laid at /opt; empty: there are no layers
  std::optional<ImageProgram> image;  // with neither of the two
  // Shared by all that use the directories: they stay while one of them holds these.
  std::shared_ptr<const void> code_hold = nullptr;
  std::shared_ptr<const void> layers_hold = nullptr;
  std::chrono::milliseconds timeout{3000};
  uint32_t memory_mib = 128;
  uint32_t tmp_mib = 512;
  uint32_t memory_per_core_mib = 1769;
  uint32_t invokes_at_once = 0;  // of a process that serves many (shared_calls.h); 0: it serves one by one
  std::vector<std::string> extensions;  // names of the programs in /opt/extensions
  std::map<std::string, std::string> environment;
  LogSettings logs;
  bool traced = false;      // TracingConfig is Active
  bool snap_start = false;  // environments begin with a snapshot where there can be one

  bool shared() const { return invokes_at_once > 0; }
  uint32_t millicores() const { return memory_mib * 1000 / memory_per_core_mib; }
};

}  // namespace hearth::execution
