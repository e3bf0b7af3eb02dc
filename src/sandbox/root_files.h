// The file system inside a sandbox: a small root of its own into which parts of the host are bound read-only,
// with a minimal /dev, a /proc of its own process space and a private /tmp. late_bind.h can give it another
// root.
//
// Everything that names a path of the host is opened before the old root is left; everything that names a
// path inside is done after, so that no symbolic link inside can lead out.
#pragma once
#include "base/result.h"
#include "sandbox/scratch.h"
#include "sandbox/spec.h"

namespace hearth::sandbox {

struct RootPlan {
  const Spec& spec;
  const std::vector<std::string>& source_roots;  // empty: any source may be bound
  Scratch& scratch;                              // when usable, where /tmp comes from
  uint32_t owner;                                // user and group on the host, of /tmp
  const std::vector<File>& files;
};

// Turns the calling process's root into that. REQUIRES privileges, and mount and process namespaces of its
// own in which it is the first process.
Status enter_root(const RootPlan& plan);

}  // namespace hearth::sandbox
