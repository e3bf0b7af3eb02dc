#include "sandbox/seccomp_filter.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/fd.h"
#include "sandbox/failure.h"

namespace hearth::sandbox {

namespace {

// By name, as libseccomp knows calls that our headers may not; one it does not know either is skipped.
constexpr std::array kRefused = {
    // Mounts and roots.
    "mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr", "move_mount",
    "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "statmount", "listmount",
    // Namespaces.
    "setns", "unshare",
    // Other processes' memory and descriptors.
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd", "vmsplice",
    "move_pages", "migrate_pages",
    // Kernel programs, events, keys, asynchronous rings: large attack surfaces.
    "bpf", "perf_event_open", "add_key", "request_key", "keyctl", "userfaultfd", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "fanotify_init", "lookup_dcookie",
    // Files by handle pass by the mount namespace.
    "open_by_handle_at", "name_to_handle_at",
    // The machine.
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module",
    "query_module", "get_kernel_syms", "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd",
    "iopl", "ioperm", "syslog", "nfsservctl", "vhangup", "uselib", "_sysctl", "modify_ldt", "clock_settime",
    "clock_settime64", "clock_adjtime", "clock_adjtime64", "settimeofday", "stime", "adjtimex", "sethostname",
    "setdomainname"};

constexpr std::array kNamespaceFlags = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                        CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};

// A virtual machine's sockets, kernel cryptography, raw packets and the like are not confined by a network
// namespace or have no use; these four are what programs need. In ascending order.
constexpr std::array kSocketFamilies = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

int add_rules(scmp_filter_ctx filter) {
  int error = 0;
  const auto refuse = [&](const char* name, int answer, std::initializer_list<scmp_arg_cmp> conditions = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || error != 0) return;
    error = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(static_cast<uint16_t>(answer)), number,
                                   static_cast<unsigned>(conditions.size()), conditions.begin());
  };
  for (const char* name : kRefused) refuse(name, EPERM);
  refuse("clone3", ENOSYS);
  for (const auto flag : kNamespaceFlags) {
    const auto bit = static_cast<scmp_datum_t>(static_cast<unsigned>(flag));
    refuse("clone", EPERM, {SCMP_A0_64(SCMP_CMP_MASKED_EQ, bit, bit)});
  }
  // Input pushed into a terminal would be read by whoever holds it outside.
  for (const scmp_datum_t request : {TIOCSTI, TIOCLINUX}) {
    refuse("ioctl", EPERM, {SCMP_A1_64(SCMP_CMP_MASKED_EQ, 0xffffffffu, request)});
  }
  // Personalities that weaken the process's own defences. Switching off address randomization is allowed to
  // debuggers.
  for (const auto bit : {READ_IMPLIES_EXEC, MMAP_PAGE_ZERO, ADDR_COMPAT_LAYOUT}) {
    const auto wide = static_cast<scmp_datum_t>(static_cast<unsigned>(bit));
    // 0xffffffff asks for the present value and has every bit set: told apart by one that no personality has.
    refuse("personality", EPERM, {SCMP_A0_64(SCMP_CMP_MASKED_EQ, wide | 0x80000000u, wide)});
  }
  for (const char* call : {"socket", "socketpair"}) {
    for (int family = 0; family < kSocketFamilies.back(); ++family) {
      if (std::ranges::find(kSocketFamilies, family) != kSocketFamilies.end()) continue;
      refuse(call, EAFNOSUPPORT, {SCMP_A0_64(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family))});
    }
    refuse(call, EAFNOSUPPORT, {SCMP_A0_64(SCMP_CMP_GT, static_cast<scmp_datum_t>(kSocketFamilies.back()))});
  }
  return error;
}

}  // namespace

Result<std::vector<char>> compile_seccomp_filter() {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  if (!filter) return failed("prepare the system call filter: this machine's architecture is not known");
  const int error = add_rules(filter.get());
  if (error != 0) return failed_step("compile the system call filter", -error);
  // A tree of comparisons instead of a list: any call is decided in a few steps.
  (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  const Fd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file || seccomp_export_bpf(filter.get(), file.get()) != 0)
    return failed_step("compile the system call filter");
  std::vector<char> program(static_cast<size_t>(::lseek(file.get(), 0, SEEK_END)));
  if (::pread(file.get(), program.data(), program.size(), 0) != static_cast<ssize_t>(program.size())) {
    return failed_step("read the system call filter");
  }
  return program;
}

}  // namespace hearth::sandbox
