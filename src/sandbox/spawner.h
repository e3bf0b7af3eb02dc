// Spawner: the small process that keeps root so that the server need not. It makes sandboxes, one process
// each, and cleans up after them, also when the server was killed.
//
// Threads: launch() must run before the process has a second thread. create() may be called on any loop; the
// sandbox belongs to that loop. The spawner must outlive its sandboxes.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"

namespace hearth::sandbox {

struct SpawnerOptions {
  // Sources of binds and roots must lie below one of these directories; the spawner enforces it, so that a
  // server that was taken over cannot ask for /etc/shadow. Empty: no restriction.
  std::vector<std::string> source_roots;
  // Each sandbox has two user ids of its own on the host, counted up from here. The default lies above the
  // ranges that distributions and container tools hand out.
  uint32_t uid_base = 0x70000000;
};

class Spawner {
 public:
  static constexpr uint32_t kSandboxesMax = 16384;

  // Fails with "SandboxFailed" and the reason when this host cannot isolate (see probe.h).
  static Result<std::unique_ptr<Spawner>> launch(SpawnerOptions options);
  // Ends the spawner and with it all sandboxes; waits until it has cleaned up.
  ~Spawner();
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  Async<std::unique_ptr<Sandbox>> create(Spec spec);

  // What this host cannot enforce, in sentences for the log at start. Empty when everything works.
  const std::vector<std::string>& warnings() const { return warnings_; }
  int process_id() const { return process_id_; }

 private:
  friend class Sandbox;
  Async<void> send(std::string request, std::vector<int> descriptors);
  Spawner(Fd socket, int process_id, std::vector<std::string> warnings);

  Fd socket_;
  int process_id_;
  std::vector<std::string> warnings_;
};

}  // namespace hearth::sandbox
