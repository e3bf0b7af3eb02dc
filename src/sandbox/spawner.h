// Spawner: the small process that keeps root so that the server need not. It makes sandboxes, one process
// each, and cleans up after them, also when the server was killed. When it dies, its sandboxes die with it,
// its supervisor starts another, and create() uses that one.
//
// Threads: launch() must run before the process has a second thread. create() may be called on any loop; the
// sandbox belongs to that loop. The spawner must outlive its sandboxes.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "sandbox/spawner_link.h"

namespace hearth::sandbox {

struct SpawnerOptions {
  // Sources of binds and roots must lie below one of these directories; the spawner enforces it, so that a
  // server that was taken over cannot ask for /etc/shadow. Empty: no restriction.
  std::vector<std::string> source_roots;
  // Where the disks for /tmp lie (scratch.h). Empty: /tmp is memory.
  std::string scratch_folder;
  // Each sandbox has two user ids of its own on the host, counted up from here. The default lies above the
  // ranges that distributions and container tools hand out.
  uint32_t uid_base = 0x70000000;
  // Each is started when a sandbox of it is wanted first.
  std::vector<Zygote> zygotes;
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

  // Also while the spawner is started again. Once the supervisor is gone that cannot be, and this fails.
  // `zygote` names the one that the sandbox is to be forked from; where that one does not work, or there is
  // none of that name, it is an ordinary one (Sandbox::forks()). A zygote is started when it is wanted first,
  // if not prepared before, and takes some tenths of a second: who does not wait for that has an ordinary
  // sandbox meanwhile.
  enum class Unready : uint8_t { kWait, kOrdinary };
  Async<std::unique_ptr<Sandbox>> create(Spec spec, std::string zygote = {},
                                         Unready unready = Unready::kWait);

  // Sees to it that this zygote is started, without waiting until it is ready.
  Task<void> prepare(std::string zygote);

  // What this host cannot enforce, in sentences for the log at start. Empty when everything works.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Of the supervisor; the spawner is its child.
  int process_id() const { return process_id_; }

 private:
  // Shared with the sandboxes that this spawner process made; they may be there still when it has died.
  using Link = std::shared_ptr<const SpawnerLink>;

  // Of a zygote.
  struct ZygoteLink {
    std::string name;
    Link link;
    int starts = 0;  // since it made a sandbox
    bool starting = false;
  };

  Spawner(Fd supervisor, int process_id, const std::vector<Zygote>& zygotes);
  Link link() const;
  Async<Link> link_of(std::string zygote, Unready unready);
  Task<void> start(size_t zygote);
  Async<Link> start_zygote(size_t index, Link spawner);
  void trust(const std::string& zygote);
  Async<std::unique_ptr<Sandbox>> create_over(Link link, Spec spec, bool forks);
  Async<void> replace(Link dead);
  Result<bool> try_replace(const Link& dead);

  Fd supervisor_;
  int process_id_;
  std::vector<std::string> warnings_;
  mutable std::mutex mutex_;
  Link link_;
  std::vector<ZygoteLink> zygotes_;
};

}  // namespace hearth::sandbox
