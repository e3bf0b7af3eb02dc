// The loop of a process that makes sandboxes: the spawner's, and that of each zygote. Creates and binds as
// the server asks over one socket, removes what ended sandboxes leave, and ends all of them when the other
// end of that socket is closed. While nothing happens it makes spare ones (spares.h).
//
// REQUIRES a process of one thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/fd.h"
#include "sandbox/cgroup.h"
#include "sandbox/message.h"
#include "sandbox/scratch.h"
#include "sandbox/spares.h"
#include "sandbox/spawner.h"
#include "sandbox/user.h"

namespace hearth::sandbox {

// What all the loops of one server share, and each one's own range of slots: numbers that sandboxes have
// their user ids and their control groups by.
struct LoopPlan {
  static constexpr uint32_t kSlots = 2 * Spawner::kSandboxesMax;

  std::vector<std::string> source_roots;
  uint32_t uid_base = 0;
  CgroupRoot groups;
  Scratch scratch;
  int disks = -1;  // of the workers (workers.h); -1 when there are none
  int unmounters = -1;
  std::vector<char> seccomp_filter;
  uint32_t first_slot = 0;
  // The process's image may be what goes on in a sandbox (Command::forked).
  bool forks = false;
};

class SpawnerLoop {
 public:
  // `own_mounts` is the mount namespace that the process is in, and comes back to.
  SpawnerLoop(Fd server, LoopPlan plan, Fd own_mounts);

  // What else the server may ask: the message, and what came with it. False ends the loop.
  using Request = std::function<bool(Reader&, Received&)>;
  void on(Kind kind, Request request) { requests_[kind] = std::move(request); }
  // Calls it once when the descriptor is readable.
  void on_readable(int descriptor, std::function<void()> call);
  // Removes what a dead loop's sandboxes left.
  void remove_remains(uint32_t first_slot);

  // Until the server is gone and no sandbox is left.
  void run();

 private:
  // A sandbox from outside. Its init's end makes `process_descriptor` readable.
  struct Box {
    int process = 0;
    Fd process_descriptor;
    Fd link;     // to the init: asks for user ids, and tells it by its end that we are gone
    Fd control;  // the init's end of the socket to the server, for answers of ours; none while it is spare
    Fd mounts;   // its mount namespace, once it has one
  };
  using Boxes = std::map<uint32_t, Box>;

  void watch(int descriptor, uint64_t what);
  void forget(int descriptor);
  bool wait();
  int patience_ms() const;
  void take_event(uint64_t what);
  bool serve();
  bool serve_create(Reader& reader, Received& message);
  bool serve_bind(Reader& reader);
  Result<uint32_t> create(Spec spec, Fd& control);
  bool give_away(uint32_t spare, Fd& control);
  void make_spare();
  bool is_building() const;
  void end_surplus();
  void let_go();
  HostIds ids(uint32_t slot) const;
  std::optional<uint32_t> free_slot();
  void set_ids(uint32_t slot, Box& box);
  void reap(Boxes::iterator box);
  bool remove(uint32_t slot);
  void end_all();

  Fd server_;
  LoopPlan plan_;
  Fd own_mounts_;
  Fd events_;
  std::map<Kind, Request> requests_;
  std::map<int, std::function<void()>> readable_;
  std::unique_ptr<Boxes> boxes_ = std::make_unique<Boxes>();
  std::vector<uint32_t> ended_;  // whose groups wait to be removed
  std::set<uint32_t> slots_;     // of both
  Spares spares_;
  uint32_t next_slot_ = 0;
};

}  // namespace hearth::sandbox
