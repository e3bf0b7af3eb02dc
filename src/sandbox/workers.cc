#include "sandbox/workers.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/failure.h"
#include "sandbox/late_bind.h"
#include "sandbox/message.h"
#include "sandbox/privileges.h"

namespace hearth::sandbox {

namespace {

constexpr int kUnmounters = 4;
// Whoever takes disks now needs the cores more than the next one does.
constexpr int kQuietBeforeDiskMs = 10;
constexpr int kNiceness = 10;

// Until the other end is gone, or a disk cannot be made.
void make_disks(const Fd& takers, Scratch& scratch) {
  size_t waiting = 0;
  while (true) {
    pollfd taken{.fd = takers.get(), .events = POLLIN};
    if (::poll(&taken, 1, waiting < kDisksAhead ? kQuietBeforeDiskMs : -1) > 0) {
      const auto message = receive_message(takers.get());
      if (!message || message->bytes.empty()) return;
      --waiting;
      continue;
    }
    const auto disk = scratch.make_ahead();
    if (!disk || !send_message(takers.get(), Writer(Kind::kDisk).take(), {disk->get()})) return;
    ++waiting;
  }
}

void unmount(const Fd& askers) {
  const Fd own(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  while (true) {
    const auto message = receive_message(askers.get());
    if (!message || message->descriptors.size() != 1) return;
    abandon_tmp(message->descriptors[0].get());
    if (::setns(own.get(), CLONE_NEWNS) != 0) return;
  }
}

template <typename Work>
Status start_worker(const char* name, int socket, Work work) {
  const pid_t child = ::fork();
  if (child < 0) return failed_step(std::string("start ") + name);
  if (child > 0) return {};
  ::prctl(PR_SET_NAME, name);
  ::setsid();
  if (close_all_but({socket})) work(Fd(socket));
  ::_exit(0);
}

}  // namespace

Result<Workers> Workers::start(Scratch scratch) {
  Workers workers;
  TRY_SYNC(auto unmounters, message_sockets());
  workers.unmounters_ = std::move(unmounters.first);
  for (int count = 0; count < kUnmounters; ++count) {
    TRY_SYNC_VOID(
        start_worker("hearth-unmount", unmounters.second.get(), [](const Fd& socket) { unmount(socket); }));
  }
  if (!scratch.usable()) return workers;
  TRY_SYNC(auto disks, message_sockets());
  workers.disks_ = std::move(disks.first);
  TRY_SYNC_VOID(start_worker("hearth-disks", disks.second.get(), [&](const Fd& socket) {
    (void)::nice(kNiceness);
    make_disks(socket, scratch);
  }));
  return workers;
}

void unmount_apart(int unmounters, int mounts) {
  (void)send_message(unmounters, Writer(Kind::kUnmount).take(), {mounts}, MSG_DONTWAIT);
}

}  // namespace hearth::sandbox
