// Which system calls a sandbox may make. A list of what is refused: whatever reaches parts of the kernel that
// are not confined by namespaces, that have no use in a function, or that have been ways out before. Refused
// calls fail with EPERM, new process creation by clone3 with ENOSYS so that libraries fall back to clone,
// whose flags can be examined.
//
// Compiled once (milliseconds); install_seccomp_filter() of privileges.h takes the compiled form.
#pragma once
#include <vector>

#include "base/result.h"

namespace hearth::sandbox {

Result<std::vector<char>> compile_seccomp_filter();

}  // namespace hearth::sandbox
