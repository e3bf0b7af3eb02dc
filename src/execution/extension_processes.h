// The processes of a function's external extensions: programs in /opt/extensions, started beside the runtime
// in its sandbox. Their lines are taken, their ends told to the ExtensionsApi. They are killed with all else
// that runs in the sandbox, and have not ended before.
//
// Threads: the sandbox's loop.
#pragma once
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "execution/extensions_api.h"
#include "execution/log_pipe.h"
#include "execution/variables.h"
#include "io/channel.h"
#include "io/task_scope.h"
#include "sandbox/sandbox.h"

namespace hearth::execution {

// How a process ended: "exit status 3", "signal: killed", as programs of this trade spell them.
std::string exit_text(const sandbox::ExitStatus& status);

class ExtensionProcesses {
 public:
  using TakeLine = std::function<void(std::string line)>;

  // References outlive it.
  ExtensionProcesses(sandbox::Sandbox& sandbox, ExtensionsApi& api, TakeLine take)
      : sandbox_(sandbox), api_(api), take_(std::move(take)) {}
  ExtensionProcesses(const ExtensionProcesses&) = delete;

  // `variables` are the runtime's. The error is what a caller of the function is told.
  Async<void> start(std::vector<std::string> names, Variables variables);
  // Until those that were told of the shutdown have ended.
  Task<void> await_end(SteadyTime deadline);
  // Takes what they have written by now.
  void drain_output();

 private:
  struct Running {
    Running(std::string called, sandbox::Process process, const TakeLine& take)
        : name(std::move(called)),
          id(process.id),
          output(std::move(process.standard_output), take),
          errors(std::move(process.standard_error), take) {}

    const std::string name;
    const uint32_t id;
    LogPipe output;
    LogPipe errors;
    bool exited = false;
  };

  Async<void> start_one(std::string name, std::vector<std::string> environment);
  Task<void> watch_exit(Running& running);
  bool awaited(const Running& running) const;

  sandbox::Sandbox& sandbox_;
  ExtensionsApi& api_;
  const TakeLine take_;
  io::Channel<uint32_t> exits_;
  std::deque<Running> running_;
  io::TaskScope tasks_;  // last, so that it ends first
};

}  // namespace hearth::execution
