// Sandbox: a closed box of processes with its own users, processes, files, network and limits. Made by
// Spawner::create() (spawner.h); its /tmp lives as long as it does, through any number of processes.
//
// Ends when destroyed: every process in it is killed, its files and limits are removed in the background by
// the spawner. When the box itself dies (out of memory, the spawner's end), alive() turns false, processes
// are reported as killed and further calls fail.
//
// Threads: belongs to the loop it was created on. Errors have the code "SandboxFailed" and name the step.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/task.h"
#include "io/future.h"
#include "io/task_scope.h"
#include "sandbox/cgroup_handle.h"
#include "sandbox/spec.h"

namespace hearth::sandbox {

class SpawnerLink;

// A started process. What it writes is read from the two pipes, which end when all writers are gone.
struct Process {
  uint32_t id = 0;  // for exited() and signal()
  Fd standard_output;
  Fd standard_error;
  // Of a piped command, the server's ends.
  Fd to_process;
  Fd from_process;
};

class Sandbox {
 public:
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // The listening socket for listen_ports[index]; non-blocking. REQUIRES not taken before.
  Fd take_listener(size_t index);

  // A TCP socket of the sandbox's own network, not yet connected; non-blocking.
  Async<Fd> open_socket();

  // For a sandbox that was built before it was known for what: binds files of the host at mount points of the
  // spec, read-only, and sets the size of /tmp (0 leaves it). A directory of the host that is given as the
  // root becomes that first (late_bind.h says what it needs to have).
  Async<void> bind(std::vector<Bind> binds, uint64_t tmp_bytes, std::string root = {});

  // Starts a process as the sandbox's user; an error names what failed (the program is not there, ...).
  Async<Process> start(Command command);
  // Waits for the end of that process. One waiter a process, once.
  Task<ExitStatus> exited(uint32_t process);
  // Sends a signal to that process alone. Success also when it has ended already.
  Async<void> signal(uint32_t process, int number);
  // Kills every process, thawing first, and resolves when all are gone; start() works again afterwards.
  Async<void> kill();

  // Stops all processes in their tracks, and lets them go on. Idempotent; without effect where the host has
  // no usable freezer (Spawner::warnings() told so).
  Async<void> freeze();
  Async<void> thaw();

  // Fail where the host has no memory controller.
  Result<uint64_t> memory_peak_bytes();
  // New limits for what runs already (a few microseconds each).
  Status limit_memory(uint64_t bytes);
  Status limit_cpu(uint32_t millicores);
  // For what nobody waits for: it gets mostly the CPU time that others leave.
  Status run_behind_others(bool behind);

  bool alive() const;
  // It is a zygote's, and start() takes forked commands.
  bool forks() const { return forks_; }

 private:
  friend class Spawner;
  Sandbox(std::shared_ptr<const SpawnerLink> spawner, Fd control, std::string name, bool forks);

  Async<void> wait_until_ready();
  Async<void> ask(uint32_t id, std::string request, std::vector<int> descriptors);
  Async<void> answer_to(uint32_t id);
  Task<void> read_messages();
  void take_message(std::string_view bytes, std::vector<Fd> descriptors);
  void report_exit(uint32_t process, ExitStatus status);
  void end(std::string why);

  std::shared_ptr<const SpawnerLink> spawner_;  // shared: see Spawner
  io::Descriptor control_;
  uint32_t slot_ = 0;
  std::string name_;
  const bool forks_;
  CgroupHandle cgroup_;
  std::vector<Fd> listeners_;
  bool alive_ = true;
  bool frozen_ = false;
  uint32_t last_id_ = 0;
  uint64_t oom_kills_seen_ = 0;
  std::string why_ended_;
  std::map<uint32_t, io::Promise<Status>> questions_;
  std::map<uint32_t, Fd> sockets_;  // that came with answers
  std::map<uint32_t, io::Future<ExitStatus>> exits_;
  io::TaskScope scope_;
};

}  // namespace hearth::sandbox
