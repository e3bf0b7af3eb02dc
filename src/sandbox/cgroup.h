// Control groups, on the privileged side: where this host has them (v2, else v1, else none), and one group a
// sandbox below the server's own. Nothing is assumed about paths: both come from /proc/self.
//
// A process that is attached waits 5 to 15 ms for the kernel. So a sandbox's init attaches itself while the
// sandbox is built, ahead of need where it can be (spares.h), and everything it starts is born inside.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/cgroup_handle.h"
#include "sandbox/spec.h"

namespace hearth::sandbox {

// Directories that are the server's own groups. On v2 all are the same directory.
struct CgroupHost {
  enum Controller : uint8_t { kMemory, kCpu, kPids, kFreezer, kControllers };

  CgroupVersion version = CgroupVersion::kNone;
  std::array<std::string, kControllers> directories;  // empty: not on this host
  std::vector<std::string> warnings;

  // From the texts of /proc/self/mountinfo and /proc/self/cgroup, and for v2 the controllers it offers there.
  static CgroupHost parse(std::string_view mountinfo, std::string_view own_groups,
                          std::string_view v2_controllers);
  // Of this process; on v2 the top of the hierarchy when its own group can have no limited groups below it.
  static CgroupHost find();
};

// A group whose processes are dying cannot be removed yet. So long is waited before the next attempt, and
// after so many attempts (five seconds) it is left to whoever starts next.
inline constexpr int kRemovalRetryMs = 10;
inline constexpr int kRemovalRetriesMax = 500;

// The group in which one server's sandboxes have theirs.
class CgroupRoot {
 public:
  CgroupRoot() = default;
  // One that was made already.
  CgroupRoot(CgroupHost host, std::string name) : host_(std::move(host)), name_(std::move(name)) {}
  // Makes it, after removing those of servers that are gone. What cannot be had becomes a warning.
  static CgroupRoot create(CgroupHost host);

  // Makes the group `name`, sets the limits, and moves the calling process into it.
  Result<CgroupHandle> enter(const std::string& name, const Limits& limits) const;
  // Kills what is left in the group and removes it; false when it must be tried again a little later.
  bool remove(const std::string& name) const;
  // The same for the groups of all sandboxes.
  bool remove_all() const;
  // Those of the groups whose names are numbers from `first` to before `end`.
  std::vector<uint32_t> numbered(uint32_t first, uint32_t end) const;
  // Removes itself.
  bool remove_self() const;
  const std::vector<std::string>& warnings() const { return host_.warnings; }
  const CgroupHost& host() const { return host_; }
  const std::string& name() const { return name_; }

 private:
  void remove_stale() const;
  void make();
  bool enable_v2_controllers();
  std::string v2_controllers() const;
  std::vector<std::string> distinct_directories() const;
  std::string directory(CgroupHost::Controller controller, const std::string& name) const;

  CgroupHost host_;
  std::string name_;
};

}  // namespace hearth::sandbox
