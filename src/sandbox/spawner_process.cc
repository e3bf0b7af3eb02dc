#include "sandbox/spawner_process.h"

#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <list>
#include <set>

#include "sandbox/cgroup.h"
#include "sandbox/failure.h"
#include "sandbox/init_process.h"
#include "sandbox/message.h"
#include "sandbox/privileges.h"
#include "sandbox/seccomp_filter.h"

namespace hearth::sandbox {

namespace {

constexpr int kRetryMs = 10;           // between attempts to remove a group whose processes are dying
constexpr int kRetriesAtEndMax = 500;  // five seconds, then the next start removes the rest

// A sandbox from the spawner's point of view: its init, by a descriptor that becomes readable at its end.
struct Box {
  uint32_t slot;
  int process;
  Fd process_descriptor;
  Fd link;
  bool ids_set = false;
  bool ended = false;
};

std::string group_name(uint32_t slot) {
  return std::to_string(slot);
}

class SpawnerLoop {
 public:
  SpawnerLoop(Fd server, SpawnerOptions options, CgroupRoot groups, std::vector<char> filter)
      : server_(std::move(server)),
        options_(std::move(options)),
        groups_(std::move(groups)),
        filter_(std::move(filter)) {}

  void run() {
    while (wait()) {
    }
    end_all();
  }

 private:
  // One round; false when the server is gone.
  bool wait() {
    std::vector<pollfd> waits = {{server_.get(), POLLIN, 0}};
    bool removals = false;
    for (const auto& box : boxes_) {
      removals |= box.ended;
      waits.push_back({box.ended ? -1 : box.process_descriptor.get(), POLLIN, 0});
      waits.push_back({box.ended || box.ids_set ? -1 : box.link.get(), POLLIN, 0});
    }
    if (::poll(waits.data(), waits.size(), removals ? kRetryMs : -1) < 0) return errno == EINTR;
    size_t index = 1;
    for (auto& box : boxes_) {
      if (waits[index].revents != 0) reap(box);
      if (waits[index + 1].revents != 0 && !box.ended) set_ids(box);
      index += 2;
    }
    std::erase_if(boxes_, [this](const Box& box) { return box.ended && remove(box); });
    return waits[0].revents == 0 || serve();
  }

  bool serve() {
    auto message = receive_message(server_.get());
    if (!message || message->bytes.empty()) return false;
    Reader reader(message->bytes);
    if (reader.kind() != Kind::kCreate || message->descriptors.size() != 1) return false;
    Spec spec = reader.spec();
    Fd control = std::move(message->descriptors.front());
    Status created =
        reader.ok() ? create(std::move(spec), control) : failed("create: the request is incomplete");
    if (!created)
      (void)send_message(control.get(), Writer(Kind::kFailed).text(created.error().message).take());
    return true;
  }

  Status create(Spec spec, Fd& control) {
    const auto slot = free_slot();
    if (!slot)
      return failed("create: there are " + std::to_string(Spawner::kSandboxesMax) + " sandboxes already");
    int link[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) != 0)
      return failed_step("create: make a link");
    Fd own(link[0]);
    Fd theirs(link[1]);
    int descriptor = -1;
    clone_args arguments{};
    arguments.flags = CLONE_NEWPID | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<uint64_t>(&descriptor);
    arguments.exit_signal = SIGCHLD;
    const long process = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (process < 0) return failed_step("create: make a process");
    if (process == 0) {
      run_init({std::move(spec), std::move(control), std::move(theirs), group_name(*slot), ids(*slot),
                groups_, filter_, options_.source_roots});
    }
    slots_.insert(*slot);
    boxes_.push_back({*slot, static_cast<int>(process), Fd(descriptor), std::move(own)});
    return {};
  }

  HostIds ids(uint32_t slot) const {
    return {options_.uid_base + 2 * slot, options_.uid_base + 2 * slot + 1};
  }

  // Slots are reused as late as possible, so that a late look at a user id does not find another sandbox.
  std::optional<uint32_t> free_slot() {
    if (slots_.size() >= Spawner::kSandboxesMax) return {};
    do {
      next_slot_ = (next_slot_ + 1) % (2 * Spawner::kSandboxesMax);
    } while (slots_.contains(next_slot_));
    return next_slot_;
  }

  void set_ids(Box& box) {
    char byte = 0;
    if (::read(box.link.get(), &byte, 1) != 1) return;
    byte = map_users(box.process, ids(box.slot)) ? 'u' : 'x';
    box.ids_set = true;
    (void)::send(box.link.get(), &byte, 1, MSG_NOSIGNAL);
  }

  // When its init is gone, the kernel has killed and reaped everything else in the box before.
  void reap(Box& box) {
    if (::waitpid(box.process, nullptr, WNOHANG | __WALL) == 0) return;
    box.ended = true;
    box.link.reset();
  }

  bool remove(const Box& box) {
    if (!groups_.remove(group_name(box.slot))) return false;
    slots_.erase(box.slot);
    return true;
  }

  void end_all() {
    for (auto& box : boxes_)
      ::syscall(SYS_pidfd_send_signal, box.process_descriptor.get(), SIGKILL, nullptr, 0);
    for (int round = 0; round < kRetriesAtEndMax && !boxes_.empty(); ++round) {
      for (auto& box : boxes_) {
        // Also thaws and kills by group: a frozen process does not die of the signal alone.
        (void)groups_.remove(group_name(box.slot));
        if (!box.ended) reap(box);
      }
      std::erase_if(boxes_, [this](const Box& box) { return box.ended && remove(box); });
      if (!boxes_.empty()) ::poll(nullptr, 0, kRetryMs);
    }
    (void)groups_.remove_self();
  }

  Fd server_;
  SpawnerOptions options_;
  CgroupRoot groups_;
  std::vector<char> filter_;
  std::list<Box> boxes_;
  std::set<uint32_t> slots_;
  uint32_t next_slot_ = 0;
};

Status check_privileges() {
  if (::geteuid() != 0) {
    return failed(
        "create sandboxes: this needs to be started as root (the part that serves the network gives it up)");
  }
  return {};
}

}  // namespace

void run_spawner(Fd server, SpawnerOptions options) {
  ::prctl(PR_SET_NAME, "hearth-spawner");
  // The terminal's Ctrl-C goes to the server, which then ends us in order.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
  auto ready = check_privileges();
  if (ready) ready = close_all_but({server.get()});
  auto filter = compile_seccomp_filter();
  if (ready && !filter) ready = std::unexpected(filter.error());
  CgroupRoot groups;
  if (ready) groups = CgroupRoot::create(CgroupHost::find());
  Writer hello(Kind::kHello);
  hello.text(ready ? "" : ready.error().message).texts(groups.warnings());
  (void)send_message(server.get(), hello.take());
  if (ready) SpawnerLoop(std::move(server), std::move(options), std::move(groups), *std::move(filter)).run();
  ::_exit(ready ? 0 : 1);
}

}  // namespace hearth::sandbox
