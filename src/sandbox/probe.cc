#include "sandbox/probe.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "sandbox/cgroup.h"
#include "sandbox/file.h"
#include "sandbox/scratch.h"

namespace hearth::sandbox {

namespace {

bool kernel_has_user_namespaces() {
  if (::access("/proc/self/ns/user", F_OK) != 0) return false;
  const std::string text = read_file("/proc/sys/user/max_user_namespaces");
  uint64_t count = 1;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count > 0;
}

bool kernel_has_seccomp() {
  const uint32_t action = SECCOMP_RET_ERRNO;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

struct ControllerMeaning {
  const char* name;
  const char* without;
};

constexpr std::array<ControllerMeaning, CgroupHost::kControllers> kMeanings = {
    ControllerMeaning{"memory",
                      "functions can use more memory than they ask for, and Max Memory Used is unknown"},
    ControllerMeaning{"cpu", "functions get CPU time regardless of their memory size"},
    ControllerMeaning{"pids", "a function that forks without end is stopped only by the limit of its user"},
    ControllerMeaning{"freezer", "functions go on running between invokes"}};

}  // namespace

HostReport probe_host() {
  HostReport report;
  report.root = ::geteuid() == 0;
  report.user_namespaces = kernel_has_user_namespaces();
  report.seccomp = kernel_has_seccomp();
  report.scratch = ::access("/dev/loop-control", F_OK) == 0 && !find_mkfs().empty();
  const CgroupHost host = CgroupHost::find();
  report.cgroup_version = host.version;
  if (!report.root) {
    report.consequences.push_back("Not started as root: no sandbox can be made, so no function can run.");
  }
  if (!report.user_namespaces) {
    report.consequences.push_back(
        "User namespaces are switched off (sysctl user.max_user_namespaces): no sandbox can be made.");
  }
  if (!report.seccomp) {
    report.consequences.push_back("The kernel has no seccomp filters: no sandbox can be made.");
  }
  if (!report.scratch) {
    report.consequences.push_back(
        "No loop devices (/dev/loop-control), or no mkfs.ext4: what functions write to /tmp is memory and "
        "counts against their limit.");
  }
  for (size_t index = 0; index < kMeanings.size(); ++index) {
    if (!host.directories[index].empty()) {
      report.controllers.emplace_back(kMeanings[index].name);
    } else {
      report.consequences.push_back(std::string("No cgroup controller \"") + kMeanings[index].name +
                                    "\": " + kMeanings[index].without + ".");
    }
  }
  return report;
}

}  // namespace hearth::sandbox
