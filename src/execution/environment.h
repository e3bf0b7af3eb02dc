// Environment: one sandboxed copy of a function's version, from its making to its end; one invoke at a time.
//
//   make the sandbox ─ INIT (10 s at most) ─┬─ idle ─ invoke ─ idle ─ ... ─ end
//                                           └ failed: done again inside the next invoke, on that invoke's
//                                           time
//
// When a process times out, crashes or runs out of memory, the sandbox and its /tmp stay and the next invoke
// starts a new process in it. After a while without an invoke all processes are frozen; after idle_time the
// environment ends.
//
// Threads: lives on one loop. assign() and its owner's calls cross loops through the pool.
#pragma once
#include <memory>
#include <string>

#include "execution/concurrency.h"
#include "execution/environment_log.h"
#include "execution/function_config.h"
#include "execution/host.h"
#include "execution/invocation.h"
#include "execution/log_pipe.h"
#include "execution/runtime_api.h"
#include "io/channel.h"
#include "io/http_server.h"
#include "sandbox/sandbox.h"

namespace hearth::execution {

struct Job {
  Invocation invocation;
  io::Promise<Outcome> answer;
  Concurrency::Permit permit;
};

class Environment;

// Who hands out an environment's time. All calls come from the environment's loop.
class EnvironmentOwner {
 public:
  virtual ~EnvironmentOwner() = default;
  // It could not be made; nothing ran, and it takes no job.
  virtual void failed(Environment& environment, std::string why) = 0;
  // Its caller has the answer; the runtime will ask for more in a moment.
  virtual void returning(Environment& environment) = 0;
  // It takes a job now.
  virtual void idle(Environment& environment) = 0;
  // It has been idle for long and wants to go: false when a job is on its way to it.
  virtual bool leave(Environment& environment) = 0;
};

class Environment {
 public:
  // All references outlive it. `config` is shared with the pool and immutable.
  Environment(Host& host, std::shared_ptr<const FunctionConfig> config, EnvironmentOwner& owner);
  ~Environment();
  Environment(const Environment&) = delete;

  io::Loop& loop() { return loop_; }

  // The whole life. Run once, on the loop it was made on.
  Task<void> live();
  // Hands over a job; between idle() and its next idle(). On its loop.
  void assign(Job job) { jobs_.push(std::move(job)); }
  // Asks an idle environment to end. On its loop.
  void dismiss() { jobs_.push(std::nullopt); }

 private:
  // How one attempt to run something in the process ended.
  struct Verdict {
    Outcome outcome;
    Ending ending;
    bool process_lost = false;
    std::string log_line = {};  // what the platform says of it in the log
  };

  // What belongs to the process that runs now, and goes with it.
  struct Running {
    Running(sandbox::Process process, const std::function<void(std::string line)>& take)
        : output(std::move(process.standard_output), take), errors(std::move(process.standard_error), take) {}

    LogPipe output;
    LogPipe errors;
    io::TaskScope tasks;
  };

  Async<void> make_sandbox();
  Task<void> first_init();
  // Starts the runtime and waits until it asks for its first event.
  Task<Verdict> init(SteadyTime deadline, const std::string& request_id, bool in_invoke);
  Async<void> start_process();
  Task<void> watch_exit(uint32_t process);
  Task<void> end_process();
  std::vector<std::string> process_environment() const;

  Task<std::optional<Job>> next_job();
  Task<void> serve(Job job);
  Task<Verdict> run(const Invocation& invocation, SteadyTime started, SteadyTime deadline);
  Task<void> await_next(Verdict& verdict, const std::string& request_id, SteadyTime deadline);
  void answer(Job& job, Verdict& verdict);
  Usage usage_of(const Job& job, const Verdict& verdict, SteadyTime started) const;
  void drain_logs();

  Verdict verdict_of(RuntimeEvent event, const std::string& request_id) const;
  Verdict timed_out(const std::string& request_id, std::chrono::nanoseconds limit) const;
  Verdict failed(const std::string& request_id, std::string type, std::string_view what) const;

  Host& host_;
  std::shared_ptr<const FunctionConfig> config_;  // shared with the pool; immutable
  EnvironmentOwner& owner_;
  io::Loop& loop_;
  Result<Launch> launch_;
  EnvironmentLog log_;
  io::Channel<std::optional<Job>> jobs_;
  io::Channel<RuntimeEvent> events_;
  RuntimeApi runtime_api_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<io::HttpWorker> runtime_worker_;
  std::unique_ptr<io::HttpWorker> platform_worker_;
  bool ready_ = false;  // the runtime waits for an event
  bool frozen_ = false;
  std::optional<double> init_ms_;     // of a first init that went well, until its first invoke reported it
  std::unique_ptr<Running> running_;  // last, so that it ends first
};

}  // namespace hearth::execution
