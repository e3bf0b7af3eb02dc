#include "sandbox/mount_tree.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "sandbox/failure.h"
#include "sandbox/file.h"

namespace hearth::sandbox {

namespace {

bool within(const std::string& path, const std::vector<std::string>& roots) {
  if (roots.empty()) return true;
  for (const auto& root : roots) {
    if (path == root || path.starts_with(root.ends_with('/') ? root : root + "/")) return true;
  }
  return false;
}

}  // namespace

Result<Fd> open_mount_source(const std::string& source, const std::vector<std::string>& roots) {
  Fd path(::open(source.c_str(), O_PATH | O_CLOEXEC));
  if (!path) return failed_step("open " + source);
  std::array<char, PATH_MAX> real;
  const std::string link = "/proc/self/fd/" + std::to_string(path.get());
  const ssize_t size = ::readlink(link.c_str(), real.data(), real.size());
  if (size < 0) return failed_step("resolve " + source);
  if (!within(std::string(real.data(), static_cast<size_t>(size)), roots)) {
    return failed("open " + source + ": it lies outside the directories that may be bound");
  }
  return path;
}

Result<MountTree> MountTree::clone(const std::string& source, std::string target, uint64_t attributes,
                                   const std::vector<std::string>& roots) {
  if (!target.starts_with('/'))
    return failed("bind " + source + ": the target \"" + target + "\" is not absolute");
  TRY_SYNC(const Fd path, open_mount_source(source, roots));
  struct stat info{};
  if (::fstat(path.get(), &info) != 0) return failed_step("examine " + source);
  Fd tree(::open_tree(path.get(), "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree) return failed_step("bind " + source + " at " + target);
  mount_attr attr{};
  attr.attr_set = attributes;
  // The host's are shared where systemd runs: what is mounted on a copy would be mounted there, too.
  attr.propagation = MS_PRIVATE;
  if (::mount_setattr(tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) != 0)
    return failed_step("make " + source + " read-only");
  return MountTree(std::move(tree), std::move(target), S_ISDIR(info.st_mode));
}

Status MountTree::place() const {
  if (is_directory_) {
    TRY_SYNC_VOID(make_directory(target_));
  } else if (::access(target_.c_str(), F_OK) != 0) {
    TRY_SYNC_VOID(make_file(target_, ""));
  }
  if (::move_mount(mount_.get(), "", AT_FDCWD, target_.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return failed_step("bind at " + target_);
  return {};
}

}  // namespace hearth::sandbox
