#include "sandbox/user.h"

#include <grp.h>
#include <unistd.h>

#include "sandbox/failure.h"
#include "sandbox/file.h"

namespace hearth::sandbox {

namespace {

std::string map_text(uint32_t inner_user, HostIds ids) {
  return "0 " + std::to_string(ids.root) + " 1\n" + std::to_string(inner_user) + " " +
         std::to_string(ids.user) + " 1\n";
}

Status become(uint32_t user, uint32_t group) {
  if (::setgroups(0, nullptr) != 0) return failed_step("leave all groups");
  if (::setresgid(group, group, group) != 0) return failed_step("change the group");
  if (::setresuid(user, user, user) != 0) return failed_step("change the user");
  return {};
}

}  // namespace

Status map_users(int process, HostIds ids) {
  const std::string folder = "/proc/" + std::to_string(process);
  TRY_SYNC_VOID(write_file(folder + "/uid_map", map_text(kUserId, ids)));
  return write_file(folder + "/gid_map", map_text(kGroupId, ids));
}

Status become_inner_root() {
  return become(0, 0);
}
Status become_inner_user() {
  return become(kUserId, kGroupId);
}

}  // namespace hearth::sandbox
