#include "sandbox/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/cgroup.h"
#include "sandbox/message.h"
#include "sandbox/privileges.h"
#include "sandbox/spawner_process.h"

namespace hearth::sandbox {

namespace {

constexpr int kPauseMs = 20;  // before the next spawner, which may die at once like the last

// The process, or -1.
pid_t start_spawner(Fd& server, const SpawnerOptions& options, const CgroupRoot& groups,
                    const Scratch& scratch) {
  auto link = message_sockets();
  if (!link) return -1;
  const pid_t own = ::getpid();
  const pid_t spawner = ::fork();
  if (spawner == 0) {
    // A spawner that nobody would start again shall not seem to be well.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != own) ::_exit(1);
    server.reset();
    link->first.reset();
    run_spawner(std::move(link->second), options, groups, scratch);
  }
  if (spawner > 0) {
    (void)send_message(server.get(), Writer(Kind::kSpawner).number(static_cast<uint64_t>(spawner)).take(),
                       {link->first.get()});
  }
  return spawner;
}

void wait_for(pid_t spawner) {
  pid_t ended = 0;
  do {
    ended = ::waitpid(-1, nullptr, 0);
  } while (ended != spawner && (ended > 0 || errno == EINTR));
}

// When this returns no process of the spawner's sandboxes lives, so their user ids may be given out again.
void remove_remains(const CgroupRoot& groups) {
  for (int round = 0; round < kRemovalRetriesMax && !groups.remove_all(); ++round) {
    ::poll(nullptr, 0, kRemovalRetryMs);
  }
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

}  // namespace

void run_supervisor(Fd server, SpawnerOptions options) {
  ::prctl(PR_SET_NAME, "hearth-superv");
  // The terminal's Ctrl-C goes to the server, which then ends us in order.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
  // The sandboxes of a spawner that was killed become our children.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (close_all_but({server.get()})) {
    const CgroupRoot groups = CgroupRoot::create(CgroupHost::find());
    const Scratch scratch = Scratch::create(options.scratch_folder);
    do {
      const pid_t spawner = start_spawner(server, options, groups, scratch);
      if (spawner > 0) wait_for(spawner);
      remove_remains(groups);
    } while (!peer_gone(server.get(), kPauseMs));
    (void)groups.remove_self();
  }
  ::_exit(0);
}

}  // namespace hearth::sandbox
