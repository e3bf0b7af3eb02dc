#include "sandbox/zygote.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <span>

#include "sandbox/failure.h"
#include "sandbox/huge_pages.h"
#include "sandbox/message.h"
#include "sandbox/privileges.h"
#include "sandbox/process.h"
#include "sandbox/root_files.h"

namespace hearth::sandbox {

namespace {

// Where a zygote finds its sockets.
constexpr int kServerDescriptor = 3;
constexpr int kPlanDescriptor = 4;
constexpr uint64_t kTmpBytes = 1 << 20;

Writer written(const LoopPlan& plan) {
  Writer message(Kind::kPlan);
  message.texts(plan.source_roots).number(plan.uid_base).text(plan.scratch.folder()).number(plan.first_slot);
  const CgroupHost& host = plan.groups.host();
  message.number(static_cast<uint64_t>(host.version)).text(plan.groups.name());
  for (const auto& directory : host.directories) message.text(directory);
  message.text({plan.seccomp_filter.data(), plan.seccomp_filter.size()});
  return message;
}

// `workers` leads to those that unmount and, where there are any, to the one that makes disks.
Result<LoopPlan> read_plan(std::string_view bytes, std::span<Fd> workers) {
  Reader reader(bytes);
  if (reader.kind() != Kind::kPlan) return failed("run a zygote: there is no plan");
  LoopPlan plan{.source_roots = reader.texts(),
                .uid_base = static_cast<uint32_t>(reader.number()),
                .scratch = Scratch::create(reader.text()),
                .first_slot = static_cast<uint32_t>(reader.number()),
                .forks = true};
  CgroupHost host{.version = static_cast<CgroupVersion>(reader.number())};
  std::string name = reader.text();
  for (auto& directory : host.directories) directory = reader.text();
  plan.groups = CgroupRoot(std::move(host), std::move(name));
  const std::string filter = reader.text();
  plan.seccomp_filter.assign(filter.begin(), filter.end());
  if (!reader.ok()) return failed("run a zygote: the plan is incomplete");
  plan.unmounters = workers[0].release();
  if (workers.size() > 1) plan.disks = workers[1].release();
  return plan;
}

// In the new child: becomes the program, or says why not.
Status become_zygote(const Zygote& zygote, const Fd& server, const Fd& plan) {
  ::setsid();  // the terminal's signals are the server's
  reset_signals();
  TRY_SYNC_VOID(place_descriptors(std::array{server.get(), plan.get()}, kServerDescriptor));
  if (::unshare(CLONE_NEWNS) != 0) return failed_step("make namespaces");
  Scratch memory;
  const Spec spec{.name = "zygote",
                  .hostname = "sandbox",
                  .limits = {.tmp_bytes = kTmpBytes},
                  .binds = zygote.binds,
                  .mount_points = zygote.mount_points};
  TRY_SYNC_VOID(enter_root({spec, {}, memory, 0, zygote.files}));
  Command command{.argv = zygote.argv, .environment = zygote.environment, .directory = "/"};
  return Program(command).execute();
}

Result<SpawnerLoop> zygote_loop(Fd server) {
  const Fd source(kPlanDescriptor);
  TRY_SYNC(auto message, receive_message(source.get()));
  if (message.descriptors.size() < 2) return failed("run a zygote: the plan is incomplete");
  Fd host = std::move(message.descriptors[0]);
  // Where the program found its files. Held open, so that they keep their names in the maps of its copies.
  static const int template_mounts = ::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (template_mounts < 0 || ::setns(host.get(), CLONE_NEWNS) != 0)
    return failed_step("run a zygote: enter the host's mounts");
  TRY_SYNC(LoopPlan plan, read_plan(message.bytes, std::span(message.descriptors).subspan(1)));
  return SpawnerLoop(std::move(server), std::move(plan), std::move(host));
}

}  // namespace

Result<ZygoteProcess> start_zygote(const Zygote& zygote, Fd server, const LoopPlan& plan) {
  TRY_SYNC(auto sockets, message_sockets());
  const Fd mounts(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!mounts) return failed_step("start a zygote");
  std::vector<int> descriptors = {mounts.get(), plan.unmounters};
  if (plan.disks >= 0) descriptors.push_back(plan.disks);
  TRY_SYNC_VOID(send_message(sockets.first.get(), written(plan).take(), descriptors));
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return failed_step("start a zygote");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const Status status = become_zygote(zygote, server, sockets.second);
    (void)send_message(kServerDescriptor, Writer(Kind::kHello).text(status.error().message).take());
    ::_exit(1);
  }
  Fd descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (!descriptor) return failed_step("start a zygote: watch it");
  return ZygoteProcess{child, std::move(descriptor)};
}

Command run_zygote() {
  ::prctl(PR_SET_NAME, "hearth-zygote");
  (void)close_all_but({kServerDescriptor, kPlanDescriptor});
  gather_in_huge_pages();
  auto loop = zygote_loop(Fd(::dup(kServerDescriptor)));
  Writer hello(Kind::kHello);
  hello.text(loop ? "" : loop.error().message).texts({});
  (void)send_message(kServerDescriptor, hello.take());
  ::close(kServerDescriptor);
  try {
    if (loop) loop->run();
  } catch (ForkedProgram& program) {
    if (!go_on(program)) ::_exit(127);
    return std::move(program.command);
  }
  ::_exit(0);
}

}  // namespace hearth::sandbox
