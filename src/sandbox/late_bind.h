// Completes a sandbox that was built before it was known for what: gives it another root, binds files of the
// host into it and sets the size of its /tmp, from outside, as nothing inside has the right to.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/scratch.h"
#include "sandbox/spec.h"

namespace hearth::sandbox {

struct LateBind {
  // A directory that becomes the root, read-only, in the place of the one it was built with; empty leaves
  // that. It has /dev, /proc and /tmp, which stay those of the sandbox, as do files that it has itself:
  // /etc/hosts, /etc/hostname, /etc/resolv.conf. What the sandbox was given otherwise is gone with the old
  // root.
  std::string root;
  std::vector<Bind> binds;
  uint64_t tmp_bytes = 0;  // 0 leaves it as it is
  uint32_t owner = 0;      // of /tmp, on the host
};

// `mounts` and `own_mounts` are descriptors of the sandbox's mount namespace and of the caller's. REQUIRES
// privileges and a process with one thread, which is back where it was at the end. Sources must lie below one
// of `source_roots`.
Status bind_late(int mounts, int own_mounts, const LateBind& wanted,
                 const std::vector<std::string>& source_roots, Scratch& scratch);

// Says of a sandbox without processes that nobody reads its /tmp any more. The calling process stays in its
// mounts.
void abandon_tmp(int mounts);

}  // namespace hearth::sandbox
