#include "sandbox/privileges.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <vector>

#include "base/fd.h"
#include "sandbox/failure.h"

namespace hearth::sandbox {

namespace {

struct ResourceLimit {
  int resource;
  rlim_t value;
};

}  // namespace

Status set_resource_limits(const Limits& limits) {
  const std::array<ResourceLimit, 6> all = {
      ResourceLimit{RLIMIT_NOFILE, limits.open_files_max},
      ResourceLimit{RLIMIT_NPROC, limits.processes_max},
      ResourceLimit{RLIMIT_MEMLOCK, 65536},
      ResourceLimit{RLIMIT_STACK, 8 << 20},
      // A function's memory never goes to the host's core handler: 1 forbids even pipes to one, 0 does not.
      ResourceLimit{RLIMIT_CORE, 1},
      ResourceLimit{RLIMIT_MSGQUEUE, 0},
  };
  for (const auto& [resource, value] : all) {
    const rlimit limit{value, value};
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0)
      return failed_step("set resource limits");
  }
  return {};
}

Status keep_init_capabilities() {
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability) == 0; ++capability) {
  }
  if (errno != EINVAL) return failed_step("drop capabilities");  // which the first that is unknown gives
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  constexpr uint32_t kKept = (1u << CAP_SETUID) | (1u << CAP_SETGID) | (1u << CAP_KILL);
  sets[0].effective = sets[0].permitted = kKept;
  if (::syscall(SYS_capset, &header, sets.data()) != 0) return failed_step("drop capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed_step("forbid new privileges");
  return {};
}

Status install_seccomp_filter(std::span<const char> filter) {
  std::vector<sock_filter> steps(filter.size() / sizeof(sock_filter));
  std::memcpy(steps.data(), filter.data(), steps.size() * sizeof(sock_filter));
  const sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
    return failed_step("install the system call filter");
  return {};
}

Status close_all_but(std::initializer_list<int> kept) {
  {
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int standard = 0; standard <= 2; ++standard) {
      if (!null || ::dup2(null.get(), standard) < 0) return failed_step("open /dev/null");
    }
  }
  std::vector<int> sorted(kept);
  std::ranges::sort(sorted);
  int from = 3;
  for (const int keep : sorted) {
    if (keep < from) continue;
    if (keep > from) (void)::close_range(static_cast<unsigned>(from), static_cast<unsigned>(keep) - 1, 0);
    from = keep + 1;
  }
  if (::close_range(static_cast<unsigned>(from), UINT_MAX, 0) != 0) return failed_step("close descriptors");
  return {};
}

}  // namespace hearth::sandbox
