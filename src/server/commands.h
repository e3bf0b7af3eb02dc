// `hearth accounts` and `hearth keys`: what the owner of the machine says to the server that runs there.
#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hearth::server {

// The subcommands, as options of `app`. Sends a command (admin.h) to the server of the data directory and
// prints the answer: keys as an AWS profile, lists as columns.
class CommandLine {
 public:
  explicit CommandLine(CLI::App& app);
  CommandLine(const CommandLine&) = delete;

  // The exit code, once `app` has parsed; nothing when it was none of these.
  std::optional<int> run();

 private:
  CLI::App* add(CLI::App* parent, const std::string& command, const std::string& what);

  std::string data_;
  std::string account_;
  std::string key_;
  std::string id_;
  std::string name_;
  std::vector<std::pair<CLI::App*, std::string>> commands_;
};

}  // namespace hearth::server
