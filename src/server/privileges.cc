#include "server/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace hearth::server {
namespace {

// Outside of the ranges that distributions give to users and services.
constexpr uid_t kOwnId = 64566;

Error failed(std::string_view step) {
  return {.code = "IoError", .message = fmt::format("{}: {}", step, std::strerror(errno))};
}

Status give(const std::string& folder, uid_t user, gid_t group) {
  struct stat status{};
  if (stat(folder.c_str(), &status) != 0) return fail(failed(folder));
  if (lchown(folder.c_str(), user, group) != 0) return fail(failed("chown " + folder));
  if (status.st_uid == user && status.st_gid == group) return {};
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (lchown(entry.path().c_str(), user, group) != 0) return fail(failed("chown " + entry.path().string()));
  }
  return {};
}

}  // namespace

Status drop_privileges(const std::string& data_folder, const std::string& user) {
  if (geteuid() != 0) return {};
  uid_t uid = kOwnId;
  gid_t gid = kOwnId;
  const passwd* entry = getpwnam(user.empty() ? "hearth" : user.c_str());
  if (entry) {
    uid = entry->pw_uid;
    gid = entry->pw_gid;
  } else if (!user.empty()) {
    return fail("IoError", "there is no user named " + user);
  }
  TRY_SYNC_VOID(give(data_folder, uid, gid));
  if (setgroups(0, nullptr) != 0) return fail(failed("setgroups"));
  if (setresgid(gid, gid, gid) != 0) return fail(failed("setresgid"));
  if (setresuid(uid, uid, uid) != 0) return fail(failed("setresuid"));
  return {};
}

}  // namespace hearth::server
