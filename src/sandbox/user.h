// Who a sandbox's processes are: inside, always the same ordinary user, as in the service we are compatible
// with; on the host, two ids of their own for each sandbox (its init, and all else) that belong to nobody.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"

namespace hearth::sandbox {

inline constexpr const char* kUserName = "sbx_user1051";
inline constexpr uint32_t kUserId = 993;
inline constexpr uint32_t kGroupId = 990;

// Host ids of one sandbox: its inner root (held by init alone) and its inner user. Group ids are the same
// numbers.
struct HostIds {
  uint32_t root = 0;
  uint32_t user = 0;
};

// Gives the user namespace of `process` its ids. REQUIRES privileges outside of it; `process` as seen in
// /proc.
Status map_users(int process, HostIds ids);

// The calling process, alone in a new user namespace that has its ids, becomes its root.
Status become_inner_root();
// For good; leaves no capabilities.
Status become_inner_user();

}  // namespace hearth::sandbox
