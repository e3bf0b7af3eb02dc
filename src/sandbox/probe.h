// What this host offers for isolation, for `hearth doctor` and the log at start.
#pragma once
#include <string>
#include <vector>

#include "sandbox/cgroup_handle.h"

namespace hearth::sandbox {

struct HostReport {
  bool root = false;
  bool user_namespaces = false;
  bool seccomp = false;
  bool scratch = false;  // disks for /tmp
  CgroupVersion cgroup_version = CgroupVersion::kNone;
  std::vector<std::string> controllers;  // of memory, cpu, pids, freezer: those found
  // What is lacking and what follows from it, in sentences. Empty when nothing is.
  std::vector<std::string> consequences;

  // Whether Spawner::launch() can succeed.
  bool can_isolate() const { return root && user_namespaces && seccomp; }
};

// Looks only; changes nothing.
HostReport probe_host();

}  // namespace hearth::sandbox
