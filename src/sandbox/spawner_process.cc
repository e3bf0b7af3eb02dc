#include "sandbox/spawner_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/failure.h"
#include "sandbox/privileges.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/spawner_loop.h"
#include "sandbox/workers.h"
#include "sandbox/zygote.h"

namespace hearth::sandbox {

namespace {

constexpr int kZygoteEndMs = 5000;

// The zygotes that a spawner has started, and what became of them.
class Zygotes {
 public:
  Zygotes(const std::vector<Zygote>& all, LoopPlan plan, SpawnerLoop& loop)
      : all_(all), plan_(std::move(plan)), loop_(loop) {
    loop.on(Kind::kZygote, [this](Reader& reader, Received& message) { return serve(reader, message); });
  }

  // They end by themselves, as the server has gone for them too.
  ~Zygotes() {
    for (const auto& [first_slot, zygote] : running_) {
      pollfd wait{.fd = zygote.descriptor.get(), .events = POLLIN};
      if (::poll(&wait, 1, kZygoteEndMs) <= 0) ::kill(zygote.process, SIGKILL);
      (void)::waitpid(zygote.process, nullptr, 0);
    }
  }
  Zygotes(const Zygotes&) = delete;

 private:
  bool serve(Reader& reader, Received& message) {
    const uint64_t index = reader.number();
    if (!reader.ok() || index >= all_.size() || message.descriptors.size() != 1) return false;
    plan_.first_slot += LoopPlan::kSlots;  // never again those of one that died
    const Fd& server = message.descriptors[0];
    auto started = start_zygote(all_[index], Fd(::fcntl(server.get(), F_DUPFD_CLOEXEC, 0)), plan_);
    if (started) {
      keep(*std::move(started), plan_.first_slot);
    } else {
      (void)send_message(server.get(), Writer(Kind::kHello).text(started.error().message).take());
    }
    return true;
  }

  void keep(ZygoteProcess zygote, uint32_t first_slot) {
    loop_.on_readable(zygote.descriptor.get(), [this, first_slot] {
      (void)::waitpid(running_.at(first_slot).process, nullptr, 0);
      running_.erase(first_slot);
      loop_.remove_remains(first_slot);
    });
    running_.emplace(first_slot, std::move(zygote));
  }

  const std::vector<Zygote>& all_;
  LoopPlan plan_;
  SpawnerLoop& loop_;
  std::map<uint32_t, ZygoteProcess> running_;  // by first slot
};

}  // namespace

void run_spawner(Fd server, SpawnerOptions options, CgroupRoot groups, const Scratch& scratch) {
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
  auto workers = Workers::start(scratch);
  if (ready && !workers) ready = std::unexpected(workers.error());
  Writer hello(Kind::kHello);
  std::vector<std::string> warnings = groups.warnings();
  warnings.insert(warnings.end(), scratch.warnings().begin(), scratch.warnings().end());
  hello.text(ready ? "" : ready.error().message).texts(warnings);
  (void)send_message(server.get(), hello.take());
  if (!ready) ::_exit(1);
  {
    const LoopPlan plan{.source_roots = options.source_roots,
                        .uid_base = options.uid_base,
                        .groups = std::move(groups),
                        .scratch = scratch,
                        .disks = workers->disks(),
                        .unmounters = workers->unmounters(),
                        .seccomp_filter = *std::move(filter)};
    SpawnerLoop loop(std::move(server), plan, Fd(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)));
    const Zygotes zygotes(options.zygotes, plan, loop);
    loop.run();
  }
  ::_exit(0);
}

}  // namespace hearth::sandbox
