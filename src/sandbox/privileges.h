// What a sandbox's processes are allowed by the kernel: resource limits, capabilities, system calls,
// descriptors.
#pragma once
#include <initializer_list>
#include <span>

#include "base/result.h"
#include "sandbox/spec.h"

namespace hearth::sandbox {

Status set_resource_limits(const Limits& limits);
// Keeps the three capabilities with which an init starts and ends processes of another user, gives up all
// others for itself and everything it starts, also through set-uid programs.
Status keep_init_capabilities();
// For the calling process and all its later children. REQUIRES no_new_privs.
Status install_seccomp_filter(std::span<const char> compiled);
// Closes every descriptor but 0, 1, 2, which become /dev/null, and the kept ones.
Status close_all_but(std::initializer_list<int> kept);

}  // namespace hearth::sandbox
