// Environment: one sandboxed copy of a function's version, from its making to its end; one invoke at a time,
// or many where the function is made for that.
//
//   make the sandbox ─ INIT (10 s at most) ─┬─ idle ─ invoke ─ idle ─ ... ─ end
//                                           └ failed: done again inside the next invoke, on that invoke's
//                                           time
//
// Where there is a snapshot of the version, its process is restored instead of the INIT; that of a resting
// slot, which has had its INIT, goes on. What its hooks do wrong then the next job is told, and the
// environment ends.
//
// When a process times out, crashes or runs out of memory, the sandbox and its /tmp stay and the next invoke
// starts a new process in it. After a while without an invoke all processes are frozen; after its owner's
// keep_time() the environment ends. A process that serves many invokes at once outlives those that time out,
// is not frozen, and its end is the environment's.
//
// Threads: lives on one loop. assign() and its owner's calls cross loops through the pool.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "execution/environment_log.h"
#include "execution/environment_owner.h"
#include "execution/function_config.h"
#include "execution/host.h"
#include "execution/invocation.h"
#include "execution/slot.h"
#include "execution/snapshots.h"
#include "io/channel.h"

namespace hearth::execution {

class Environment {
 public:
  // All references outlive it. `config` is shared with the pool and immutable; `launch` is that of its
  // runtime.
  // `provisioned`: made before there was a job for it, and kept.
  Environment(Host& host, const Result<Launch>& launch, std::shared_ptr<const FunctionConfig> config,
              EnvironmentOwner& owner, bool provisioned);
  Environment(const Environment&) = delete;

  io::Loop& loop() const { return loop_; }
  bool provisioned() const { return provisioned_; }

  // The whole life. Run once, on the loop it was made on. `slot` is one of this loop that was made ahead, or
  // none; a resting one is bound to the same configuration.
  Task<void> live(std::unique_ptr<Slot> slot);
  // Hands over a job; between idle() and its next idle(). On its loop.
  void assign(Job job) { take(std::move(job)); }
  // Asks it to end: when it is idle, or at any time when it serves many at once. On its loop.
  void dismiss() { take(std::nullopt); }

 private:
  static constexpr const char* kSandboxLost = "The function's sandbox has ended unexpectedly";

  // How one attempt to run something in the process ended.
  struct Verdict {
    Outcome outcome;
    Ending ending;
    bool process_lost = false;
    bool truncated = false;     // the response broke off; why is told by what the process does next
    std::string log_line = {};  // what the platform says of it in the log

    // By the runtime: what is said of a failure is none of its responses.
    uint64_t produced_bytes() const { return outcome.function_error ? 0 : outcome.payload.size(); }

    // Why processes that are lost are ended, as extensions are told.
    std::string_view reason() const {
      return ending.status == Ending::Status::kTimeout ? "timeout" : "failure";
    }
  };

  // An invoke, from when it began.
  struct Attempt {
    Job job;
    SteadyTime started;
    TimePoint started_at;
    std::optional<EnvironmentLog::Tail> tail = {};
    double latency_ms = 0;  // to its result, which had so many bytes
    uint64_t produced_bytes = 0;
    bool runtime_done_told = false;
    bool answered = false;
  };
  struct SharedAttempt;  // of one of many at once

  void take(std::optional<Job> job) {
    ++given_;
    jobs_.push(std::move(job));
  }
  Async<void> make_slot();
  Task<void> first_init(SteadyTime began);
  bool is_resting() const { return slot_ && slot_->runtime_api().rests(); }
  Async<void> go_on();
  // By its snapshot, which it lets go, or the slot's, which rests. True: that is how it began, well or, as
  // the log has it, not.
  Task<bool> restore(SteadyTime began);
  void make_snapshot_for_others();
  // Starts the runtime and waits until it asks for its first event.
  Task<Verdict> init(SteadyTime deadline, const std::string& request_id, bool in_invoke);
  // Starts the extensions, which must all register, and then the runtime.
  Task<Verdict> start(SteadyTime deadline, const std::string& request_id);
  Async<Variables> make_variables();
  Async<void> start_process(const Variables& variables);
  Task<void> end_process(std::string_view reason);
  // The process that is lost; `tell` is what its end is told by.
  Task<void> end_lost(const Verdict& verdict, const std::function<void()>& tell);  // outlive it
  void report_extensions();
  // How long the runtime may take until it asks for an event.
  std::chrono::nanoseconds init_time() const;
  // What a process has among its variables cannot be renewed.
  bool outlived() const { return loop_.now() >= outlived_at_; }
  std::string_view initialization_type() const {
    if (config_->shared()) return "lambda-managed-instances";
    return provisioned_ ? "provisioned-concurrency" : "on-demand";
  }

  Task<void> serve_one_by_one();
  Task<void> serve_many();
  Task<void> take_no_more();
  void become_idle();
  bool awaited() const { return under_way_ > overdue_; }  // somebody waits for what is under way
  Task<void> serve_among_others(Job job);
  Task<Verdict> run_among_others(SharedAttempt& attempt);
  Task<void> watch_process();
  void give_up_overdue();

  Task<std::optional<Job>> next_job();
  Task<void> serve(Job job);
  Task<Verdict> run(const Attempt& attempt);
  Task<void> await_next(Attempt& attempt, Verdict& verdict);
  void blame_sandbox(Verdict& verdict) const;
  void tell_extensions(const Invocation& invocation, int64_t deadline_ms);
  int64_t deadline_ms(SteadyTime deadline) const;  // since 1970
  static io::Headers event_head(const Invocation& invocation, int64_t deadline_ms);
  void begin(Attempt& attempt);
  void note_result(Attempt& attempt, Verdict& verdict) const;
  void answer(Attempt& attempt, Verdict& verdict);
  Usage usage_of(const Attempt& attempt, const Verdict& verdict);
  void tell_runtime_done(Attempt& attempt, const Verdict& verdict);
  // Tells how it ended, and answers where that was to wait for it.
  void conclude(Attempt& attempt, Verdict& verdict, Usage usage);
  uint32_t memory_peak_mib(std::chrono::nanoseconds spent);

  Verdict verdict_of(RuntimeEvent event, const std::string& request_id) const;
  Verdict timed_out(const std::string& request_id, std::chrono::nanoseconds limit) const;
  Verdict failed(const std::string& request_id, std::string type, std::string_view what) const;

  Host& host_;
  const Result<Launch>& launch_;
  std::shared_ptr<const FunctionConfig> config_;  // shared with the pool; immutable
  EnvironmentOwner& owner_;
  io::Loop& loop_;
  const bool provisioned_;
  EnvironmentLog log_;
  io::Channel<std::optional<Job>> jobs_;
  bool ready_ = false;  // the runtime waits for an event
  bool frozen_ = false;
  size_t given_ = 0;      // to it by its owner, and it has not been idle again since; of many at once
  size_t under_way_ = 0;  // of these
  size_t overdue_ = 0;    // of these, whose callers were told that it took too long
  bool lost_ = false;     // the process that served them
  bool leaving_ = false;
  SteadyTime rests_since_;  // while nobody waits for anything
  SteadyTime outlived_at_ = SteadyTime::max();
  uint32_t memory_peak_mib_ = 0;
  SteadyTime memory_peak_read_;
  // Of a first init or a restoring that went well, until its first invoke reported it.
  std::optional<double> init_ms_;
  std::optional<double> restore_ms_;
  Snapshots::Held image_;          // it is to begin with
  std::optional<Outcome> spoilt_;  // what a job is told when there is no going on after how it began
  std::unique_ptr<Slot> slot_;     // last, so that it ends first
};

}  // namespace hearth::execution
