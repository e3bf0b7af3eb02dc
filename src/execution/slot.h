// Slot: a sandbox with the Runtime API beside it and a runtime's process in it. It can be made before it is
// known for which function: the process then loads what does not depend on one and waits. bind() gives the
// slot to a function for good; what ran for one function never serves another.
//
// The sandbox and its /tmp stay through any number of processes.
//
// Threads: one loop, that it was made on.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "execution/extension_processes.h"
#include "execution/function_config.h"
#include "execution/host.h"
#include "execution/line_of.h"
#include "execution/log_pipe.h"
#include "execution/metadata_api.h"
#include "execution/runtime_api.h"
#include "execution/runtime_pipe.h"
#include "execution/telemetry.h"
#include "execution/variables.h"
#include "io/channel.h"
#include "io/http_server.h"
#include "io/task_scope.h"
#include "sandbox/sandbox.h"

namespace hearth::execution {

class Slot {
 public:
  using TakeLine = std::function<void(LineOf writer, std::string line)>;

  // For the stock it is with a process that waits, when the launch's can, and which gets little of the CPU
  // time that others want until the slot is bound; with the SDK it has made a client, too. For others it is
  // without a process: a caller has it soon, and what a snapshot is made in is a zygote's where there is one.
  enum class For : uint8_t { kStock, kStockWithSdk, kCaller, kSnapshot };
  static Async<std::unique_ptr<Slot>> make(Host& host, Launch launch, For whom);
  ~Slot();
  Slot(const Slot&) = delete;

  // Gives the slot to a function: its code, /tmp and memory, and the folder of its snapshot's image if it is
  // to have one. Lines that processes write go to `take`. REQUIRES that the config outlives the slot.
  Async<void> bind(const FunctionConfig& config, TakeLine take, std::string image_folder = {});

  // Lines go there from now on; or, while its process rests, nowhere.
  void take_lines(TakeLine take) { take_ = std::move(take); }

  // What the runtime says, and that its process has ended.
  io::Channel<RuntimeEvent>& events() { return events_; }
  RuntimeApi& runtime_api() { return runtime_api_; }
  Telemetry& telemetry() { return telemetry_; }
  const MetadataApi& metadata() const { return metadata_; }
  sandbox::Sandbox& sandbox() { return *sandbox_; }

  // Starts the programs of the function's external extensions, beside a process that waits if that can go on
  // with the runtime's variables. What they do next is told by events.
  Async<void> start_extensions(const Variables& variables);
  // Lets the process that waits go on with these variables, or starts one when none waits or its interpreter
  // must see them from the first. Errors are for the function's owner.
  Async<void> start_process(const Variables& variables);
  // Makes a process of the image that the slot is bound with, which goes on with these variables; in a slot
  // in which nothing has run, where the launch has a restorer.
  Async<void> restore_process(const Variables& variables);
  // Kills the process and all it started, and the extensions. Lines that they wrote have been taken when this
  // is done.
  Task<void> end_process();
  // The same; where there are extensions, the runtime and they are told, and have some time.
  Task<void> shut_down(std::string_view reason);
  // Takes what the process has written by now.
  void drain_output();

 private:
  // What belongs to the process that runs now, and goes with it.
  struct Running {
    Running(sandbox::Process process, RuntimeApi& api, const std::function<void(std::string line)>& take)
        : id(process.id),
          output(std::move(process.standard_output), take),
          errors(std::move(process.standard_error), take) {
      if (process.to_process.valid())
        pipe.emplace(std::move(process.to_process), std::move(process.from_process), api);
    }

    const uint32_t id;
    bool exited = false;
    LogPipe output;
    LogPipe errors;
    std::optional<RuntimePipe> pipe;
    io::TaskScope tasks;
  };

  Slot(Host& host, Launch launch);
  Task<io::Response> serve(io::Request request);
  Async<void> build(sandbox::Spawner::Unready unready);
  Async<void> start(std::vector<std::string> argv, const Variables& variables, bool forked);
  Async<void> run(sandbox::Command command, const Variables& variables);
  Async<void> start_ahead(bool with_sdk);
  bool can_go_on_with(const Variables& variables) const;
  // A process waits that can be the runtime's.
  bool can_furnish(const Variables& variables) const;
  Task<void> watch_exit(uint32_t process);
  Task<void> end_runtime(SteadyTime deadline);

  Host& host_;
  Launch launch_;
  io::Channel<RuntimeEvent> events_;
  RuntimeApi runtime_api_;
  io::HttpServerOptions runtime_api_options_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  Telemetry telemetry_;
  MetadataApi metadata_;
  std::unique_ptr<io::HttpWorker> runtime_worker_;
  std::unique_ptr<io::HttpWorker> platform_worker_;
  const FunctionConfig* config_ = nullptr;  // until it is bound there is none, and no taker of lines
  TakeLine take_;
  std::unique_ptr<ExtensionProcesses> extensions_;  // where the function has any
  std::unique_ptr<Running> running_;                // last, so that it ends first
};

}  // namespace hearth::execution
