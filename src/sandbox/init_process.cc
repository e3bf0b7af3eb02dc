#include "sandbox/init_process.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/failure.h"
#include "sandbox/file.h"
#include "sandbox/init_loop.h"
#include "sandbox/message.h"
#include "sandbox/network.h"
#include "sandbox/privileges.h"
#include "sandbox/root_files.h"

namespace hearth::sandbox {

namespace {

// What is handed to the server when the box stands.
struct Built {
  CgroupHandle group;
  std::vector<Fd> listeners;
};

Status ask_for_user_ids(int spawner) {
  char byte = 'u';
  if (::write(spawner, &byte, 1) != 1) return failed_step("ask for user ids");
  if (::read(spawner, &byte, 1) != 1) return failed("ask for user ids: the spawner is gone");
  return byte == 'u' ? Status() : failed("set the user ids: the spawner could not");
}

Result<Built> build(const InitPlan& plan) {
  const Spec& spec = plan.spec;
  Built built;
  // Under memory pressure on the host, functions go before the server does; unprivileged processes cannot
  // lower it.
  TRY_SYNC_VOID(write_file("/proc/self/oom_score_adj", "1000"));
  TRY_SYNC(built.group, plan.groups.enter(std::to_string(plan.slot), spec.limits));
  if (!plan.control) (void)built.group.run_behind_others(true);  // where the host has no shares all are equal
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) != 0)
    return failed_step("make namespaces");
  TRY_SYNC_VOID(start_loopback());
  TRY_SYNC(built.listeners, listen_inside(spec.listen_ports));
  if (::sethostname(spec.hostname.data(), spec.hostname.size()) != 0) return failed_step("set the host name");
  TRY_SYNC_VOID(enter_root({spec, plan.source_roots, plan.scratch, plan.ids.root, {}}));
  TRY_SYNC_VOID(set_resource_limits(spec.limits));
  ::setsid();
  // Last of the namespaces, so that all the others belong to the host and inner root has no power over them.
  if (::unshare(CLONE_NEWUSER) != 0) return failed_step("make a user namespace");
  TRY_SYNC_VOID(ask_for_user_ids(plan.spawner.get()));
  TRY_SYNC_VOID(become_inner_root());
  TRY_SYNC_VOID(keep_init_capabilities());
  TRY_SYNC_VOID(install_seccomp_filter(plan.seccomp_filter));
  return built;
}

Status report_ready(const InitPlan& plan, const Built& built) {
  std::vector<int> descriptors;
  for (const auto& listener : built.listeners) descriptors.push_back(listener.get());
  const uint64_t present = built.group.append_files(descriptors);
  Writer message(Kind::kReady);
  message.number(plan.slot)
      .number(built.listeners.size())
      .number(static_cast<uint64_t>(built.group.version()))
      .number(present);
  return send_message(plan.control.get(), message.take(), descriptors);
}

// The socket to the server, once somebody wants this sandbox.
Result<Fd> await_owner(int spawner) {
  TRY_SYNC(auto message, receive_message(spawner));
  if (message.descriptors.size() != 1) return failed("wait for an owner: the spawner is gone");
  return std::move(message.descriptors[0]);
}

Status become_ready(InitPlan& plan) {
  Result<Built> built;
  {
    const Fd disks(plan.disks);  // not for what runs in here
    built = build(plan);
  }
  if (!built) return std::unexpected(std::move(built).error());
  if (!plan.control) {
    TRY_SYNC(plan.control, await_owner(plan.spawner.get()));
    (void)built->group.run_behind_others(false);
  }
  return report_ready(plan, *built);
}

}  // namespace

void run_init(InitPlan plan) {
  ::prctl(PR_SET_NAME, "hearth-init");
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  if (auto closed = close_all_but({plan.control.get(), plan.spawner.get(), plan.disks}); closed) {
    const Status ready = become_ready(plan);
    if (ready) serve_as_init(std::move(plan.control), std::move(plan.spawner), plan.forks);
    (void)send_message(plan.control.get(), Writer(Kind::kFailed).text(ready.error().message).take());
  }
  ::_exit(1);
}

}  // namespace hearth::sandbox
