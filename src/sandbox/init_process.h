// The first process of a sandbox. It builds the box around itself (each step in the file of its facility),
// gives up what it needed for that, and then starts, signals, kills and reaps processes as the server tells
// it over the control socket. It ends, and the kernel kills everything in the box with it, when the server or
// the spawner goes.
#pragma once
#include <span>

#include "base/fd.h"
#include "sandbox/cgroup.h"
#include "sandbox/scratch.h"
#include "sandbox/spec.h"
#include "sandbox/user.h"

namespace hearth::sandbox {

struct InitPlan {
  Spec spec;
  Fd control;  // to the server; none for a spare, which gets it from the spawner
  Fd spawner;  // a byte there asks for the user ids, a byte back says that they are set; its end is ours
  uint32_t slot;
  HostIds ids;
  const CgroupRoot& groups;
  std::span<const char> seccomp_filter;
  const std::vector<std::string>& source_roots;
  bool forks;  // the image is a zygote's
  Scratch& scratch;
  int disks;  // where it takes disks from (scratch.h), or -1
};

// Leaves with ForkedProgram (process.h) in a process that is forked from it to be a program.
// REQUIRES to be called in a fresh child that is the first of its process namespace.
[[noreturn]] void run_init(InitPlan plan);

}  // namespace hearth::sandbox
