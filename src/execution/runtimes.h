// How the runtime identifiers of functions ("python3.12", "nodejs22.x", "provided.al2023") are started on
// this host: which interpreter stands for which, the command, the binds and the variables. The parts of ours
// that run inside a function's process are carried in the binary and laid out on disk at start.
//
// Threads: immutable after construction.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sandbox/interpreters.h"
#include "sandbox/spec.h"

namespace hearth::execution {

struct Launch {
  std::vector<std::string> argv;
  // Options that follow the program, unless the function has this variable, which says how it wants to be
  // run.
  std::vector<std::string> tuning = {};
  std::string tuning_variable = {};
  std::string other_program;  // started where argv names one that is not there
  std::vector<sandbox::Bind> binds;
  std::vector<std::pair<std::string, std::string>> environment;  // defaults; the function's own win
  std::string version;                                           // "python:3.11.v2": what really runs
  // It may be started with "--ahead" and then asks for its environment (see runtime_api.h).
  bool waits = false;
  // Its zygote has the AWS SDK, and with "--sdk" a process that waits has made a client.
  bool offers_sdk = false;
  // It speaks over pipes (runtime_pipe.h) when it is started with "--piped".
  bool piped = false;
  // The program that becomes what a process of its has written down (checkpoint/take.h), if it can do that.
  std::string restorer = {};
  // Of what is not written down a process can wait after its init (resting slots).
  bool rests = false;
  std::string zygote;         // the one it may be forked from, if any
  size_t slots_at_first = 4;  // that are made ahead once it is used

  std::string version_arn(const std::string& region) const;
};

class Runtimes {
 public:
  // Writes our runtime files below `folder`; `host_path` is the same as the sandboxes' maker sees it
  // (absolute).
  static Result<Runtimes> lay_out(const std::string& folder, std::string host_path,
                                  sandbox::Interpreters interpreters);

  // "python=FOLDER", "nodejs=FOLDER" or "ruby=FOLDER": packages that functions in this language find when
  // they bring none of that name, such as the AWS SDK. Fails with "InvalidOption".
  static Status offer(sandbox::Interpreters& interpreters, const std::string& setting);

  // The zygotes that the host's interpreters can have, for the spawner's start: those of interpreters that
  // may be forked, and that nobody but root can change, as that is who runs them. Asked with root's
  // privileges.
  static std::vector<sandbox::Zygote> zygotes(const sandbox::Interpreters& interpreters);

  // What SnapStart can keep of versions that this interpreter runs. Asked with root's privileges.
  enum class Kept : uint8_t { kNothing, kSnapshots, kRestingProcesses };
  static Kept kept_of(const sandbox::Interpreter& interpreter);

  // For functions with so much memory; those from images, which name no runtime, bring all but the sandbox.
  // Fails with "Runtime.InvalidEntrypoint" when this host has no interpreter of that language.
  Result<Launch> find(const std::string& runtime, uint32_t memory_mib) const;

 private:
  Runtimes(std::string host_path, sandbox::Interpreters interpreters)
      : host_path_(std::move(host_path)), interpreters_(std::move(interpreters)) {}

  std::string host_path_;
  sandbox::Interpreters interpreters_;
};

}  // namespace hearth::execution
