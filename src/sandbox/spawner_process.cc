#include "sandbox/spawner_process.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "sandbox/cgroup.h"
#include "sandbox/failure.h"
#include "sandbox/init_process.h"
#include "sandbox/late_bind.h"
#include "sandbox/message.h"
#include "sandbox/privileges.h"
#include "sandbox/seccomp_filter.h"

namespace hearth::sandbox {

namespace {

constexpr int kRetryMs = 10;           // between attempts to remove a group whose processes are dying
constexpr int kRetriesAtEndMax = 500;  // five seconds, then the supervisor removes the rest

// A sandbox from the spawner's point of view. Its init's end makes `process_descriptor` readable.
struct Box {
  int process = 0;
  Fd process_descriptor;
  Fd link;     // to the init: asks for user ids, and tells it by its end that we are gone
  Fd control;  // the init's end of the socket to the server, for answers of ours
  Fd mounts;   // its mount namespace, once it has one
};

class SpawnerLoop {
 public:
  SpawnerLoop(Fd server, SpawnerOptions options, CgroupRoot groups, std::vector<char> filter)
      : server_(std::move(server)),
        options_(std::move(options)),
        groups_(std::move(groups)),
        filter_(std::move(filter)),
        own_mounts_(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)),
        events_(::epoll_create1(EPOLL_CLOEXEC)) {
    watch(server_.get(), kServer);
  }

  void run() {
    while (wait()) {
    }
    end_all();
  }

 private:
  // What an event of the kernel is about: a box's slot and one of its two descriptors, or the server.
  static constexpr uint64_t kServer = UINT64_MAX;
  static uint64_t process_event(uint32_t slot) { return uint64_t{slot} << 1; }
  static uint64_t link_event(uint32_t slot) { return process_event(slot) | 1; }

  void watch(int descriptor, uint64_t what) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = what}};
    (void)::epoll_ctl(events_.get(), EPOLL_CTL_ADD, descriptor, &event);
  }
  void forget(int descriptor) { (void)::epoll_ctl(events_.get(), EPOLL_CTL_DEL, descriptor, nullptr); }

  // One round; false when the server is gone.
  bool wait() {
    std::array<epoll_event, 64> ready;
    const int count = ::epoll_wait(events_.get(), ready.data(), ready.size(), ended_.empty() ? -1 : kRetryMs);
    if (count < 0) return errno == EINTR;
    bool asked = false;
    for (const auto& event : std::span(ready).first(static_cast<size_t>(count))) {
      const uint64_t what = event.data.u64;
      if (what == kServer) {
        asked = true;
      } else if (const auto box = boxes_.find(static_cast<uint32_t>(what >> 1)); box != boxes_.end()) {
        if ((what & 1) != 0) {
          set_ids(box->first, box->second);
        } else {
          reap(box);
        }
      }
    }
    std::erase_if(ended_, [this](uint32_t slot) { return remove(slot); });
    return !asked || serve();
  }

  bool serve() {
    auto message = receive_message(server_.get());
    if (!message || message->bytes.empty()) return false;
    Reader reader(message->bytes);
    switch (reader.kind()) {
      case Kind::kCreate:
        return message->descriptors.size() == 1 && serve_create(reader, std::move(message->descriptors[0]));
      case Kind::kBind:
        return serve_bind(reader);
      default:
        return false;
    }
  }

  bool serve_create(Reader& reader, Fd control) {
    Spec spec = reader.spec();
    const Status created =
        reader.ok() ? create(std::move(spec), control) : failed("create: the request is incomplete");
    if (!created)
      (void)send_message(control.get(), Writer(Kind::kFailed).text(created.error().message).take());
    return true;
  }

  bool serve_bind(Reader& reader) {
    const auto slot = static_cast<uint32_t>(reader.number());
    const uint64_t question = reader.number();
    const LateBind wanted{.binds = reader.binds(), .tmp_bytes = reader.number()};
    const auto box = boxes_.find(slot);
    // One that has just ended: the server learns it from its socket.
    if (!reader.ok() || box == boxes_.end()) return reader.ok();
    const Status bound =
        bind_late(box->second.mounts.get(), own_mounts_.get(), wanted, options_.source_roots);
    Writer answer(Kind::kAnswer);
    answer.number(question).text(bound ? "" : bound.error().message);
    (void)send_message(box->second.control.get(), answer.take(), {}, MSG_DONTWAIT);
    return true;
  }

  // Keeps `control` when it succeeds.
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
      run_init({std::move(spec), std::move(control), std::move(theirs), *slot, ids(*slot), groups_, filter_,
                options_.source_roots});
    }
    watch(descriptor, process_event(*slot));
    watch(own.get(), link_event(*slot));
    slots_.insert(*slot);
    boxes_.emplace(*slot, Box{.process = static_cast<int>(process),
                              .process_descriptor = Fd(descriptor),
                              .link = std::move(own),
                              .control = std::move(control)});
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

  // The init asks once, when all its namespaces are there but for the ids of the last.
  void set_ids(uint32_t slot, Box& box) {
    forget(box.link.get());
    char byte = 0;
    if (::read(box.link.get(), &byte, 1) != 1) return;
    box.mounts.reset(
        ::open(("/proc/" + std::to_string(box.process) + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC));
    byte = map_users(box.process, ids(slot)) ? 'u' : 'x';
    (void)::send(box.link.get(), &byte, 1, MSG_NOSIGNAL);
  }

  using Boxes = std::map<uint32_t, Box>;

  // When its init is gone, the kernel has killed and reaped everything else in the box before.
  void reap(Boxes::iterator box) {
    if (::waitpid(box->second.process, nullptr, WNOHANG | __WALL) == 0) return;
    forget(box->second.process_descriptor.get());
    forget(box->second.link.get());
    ended_.push_back(box->first);
    boxes_.erase(box);
  }

  bool remove(uint32_t slot) {
    if (!groups_.remove(std::to_string(slot))) return false;
    slots_.erase(slot);
    return true;
  }

  void end_all() {
    for (auto& [slot, box] : boxes_)
      ::syscall(SYS_pidfd_send_signal, box.process_descriptor.get(), SIGKILL, nullptr, 0);
    for (int round = 0; round < kRetriesAtEndMax && !slots_.empty(); ++round) {
      for (auto box = boxes_.begin(); box != boxes_.end();) {
        // Also thaws and kills by group: a frozen process does not die of the signal alone.
        (void)groups_.remove(std::to_string(box->first));
        reap(box++);
      }
      std::erase_if(ended_, [this](uint32_t slot) { return remove(slot); });
      if (!slots_.empty()) ::poll(nullptr, 0, kRetryMs);
    }
  }

  Fd server_;
  SpawnerOptions options_;
  CgroupRoot groups_;
  std::vector<char> filter_;
  Fd own_mounts_;
  Fd events_;
  Boxes boxes_;
  std::vector<uint32_t> ended_;  // whose groups wait to be removed
  std::set<uint32_t> slots_;     // of both
  uint32_t next_slot_ = 0;
};

}  // namespace

void run_spawner(Fd server, SpawnerOptions options, CgroupRoot groups) {
  ::prctl(PR_SET_NAME, "hearth-spawner");
  // Four descriptors a sandbox; each sandbox sets its own limit again.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
  }
  auto ready = close_all_but({server.get()});
  // Entering a sandbox's mounts needs a root and working directory of one's own. Checked builds have a thread
  // of the checker's beside this one that would share them.
  if (ready && ::unshare(CLONE_FS) != 0) ready = failed_step("unshare the working directory");
  auto filter = compile_seccomp_filter();
  if (ready && !filter) ready = std::unexpected(filter.error());
  Writer hello(Kind::kHello);
  hello.text(ready ? "" : ready.error().message).texts(groups.warnings());
  (void)send_message(server.get(), hello.take());
  if (ready) SpawnerLoop(std::move(server), std::move(options), std::move(groups), *std::move(filter)).run();
  ::_exit(ready ? 0 : 1);
}

}  // namespace hearth::sandbox
