// Which system calls a sandbox may make. A list of what is refused: whatever reaches parts of the kernel that
// are not confined by namespaces, that have no use in a function, or that have been ways out before. Refused
// calls fail with EPERM, new process creation by clone3 with ENOSYS so that libraries fall back to clone,
// whose flags can be examined.
//
// Compiled once (milliseconds), installed from the compiled form.
#pragma once
#include <span>
#include <vector>

#include "base/result.h"

namespace hearth::sandbox {

Result<std::vector<char>> compile_seccomp_filter();
// For the calling process and all its later children. REQUIRES no_new_privs.
Status install_seccomp_filter(std::span<const char> filter);

}  // namespace hearth::sandbox
