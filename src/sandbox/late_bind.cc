#include "sandbox/late_bind.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/check.h"
#include "sandbox/failure.h"
#include "sandbox/mount_tree.h"

namespace hearth::sandbox {

namespace {

Status set_tmp_size(uint64_t bytes) {
  const std::string options = "size=" + std::to_string(bytes);
  if (::mount(nullptr, "/tmp", nullptr, MS_REMOUNT | MS_NOSUID | MS_NODEV, options.c_str()) != 0)
    return failed_step("set the size of /tmp");
  return {};
}

// Where the new root stands until it is the root: a directory that each sandbox has.
constexpr const char* kNewRoot = "/run";
constexpr std::array kKeptFolders = {"dev", "proc", "tmp"};
constexpr std::array kKeptFiles = {"etc/hosts", "etc/hostname", "etc/resolv.conf"};

// A path of the new root, without following any link: what the root holds is a stranger's.
Fd open_inside(int root, const char* path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return Fd(static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how)));
}

Status keep_folder(int root, const std::string& name) {
  const Fd target = open_inside(root, name.c_str());
  if (!target) return failed_step("find /" + name + " of the root");
  if (::move_mount(AT_FDCWD, ("/" + name).c_str(), target.get(), "", MOVE_MOUNT_T_EMPTY_PATH) != 0)
    return failed_step("keep /" + name);
  return {};
}

Status keep_file(int root, const std::string& name) {
  const Fd target = open_inside(root, name.c_str());
  if (!target) return {};
  const Fd file(::open_tree(AT_FDCWD, ("/" + name).c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!file) return failed_step("keep /" + name);
  if (::move_mount(file.get(), "", target.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
    return failed_step("keep /" + name);
  return {};
}

// All processes of the sandbox go over to it.
Status change_root(const MountTree& tree) {
  TRY_SYNC_VOID(tree.place());
  const Fd root(::open(kNewRoot, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return failed_step("open the root");
  for (const char* name : kKeptFolders) TRY_SYNC_VOID(keep_folder(root.get(), name));
  for (const char* name : kKeptFiles) TRY_SYNC_VOID(keep_file(root.get(), name));
  if (::fchdir(root.get()) != 0) return failed_step("enter the root");
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return failed_step("change the root");
  if (::umount2(".", MNT_DETACH) != 0) return failed_step("leave the old root");
  return ::chdir("/") == 0 ? Status() : failed_step("enter the new root");
}

// The new /tmp first: it goes over to the new root as the old one would.
Status place(const std::optional<MountTree>& root, const std::vector<MountTree>& tmp,
             const std::vector<MountTree>& binds, uint64_t tmp_bytes) {
  for (const auto& tree : tmp) TRY_SYNC_VOID(tree.place());
  if (tmp_bytes > 0) TRY_SYNC_VOID(set_tmp_size(tmp_bytes));
  if (root) TRY_SYNC_VOID(change_root(*root));
  for (const auto& tree : binds) TRY_SYNC_VOID(tree.place());
  return {};
}

}  // namespace

Status bind_late(int mounts, int own_mounts, const LateBind& wanted,
                 const std::vector<std::string>& source_roots, Scratch& scratch) {
  std::optional<MountTree> root;
  if (!wanted.root.empty()) {
    TRY_SYNC(root, MountTree::clone(wanted.root, kNewRoot, kReadOnlyMount, source_roots));
  }
  std::vector<MountTree> binds;
  std::vector<MountTree> tmp;
  for (const auto& bind : wanted.binds) {
    TRY_SYNC(auto tree, MountTree::clone(bind.source, bind.target, kReadOnlyMount, source_roots));
    binds.push_back(std::move(tree));
  }
  // A new disk covers the one that the sandbox was made with, which nothing has used.
  const bool disk = scratch.serves(wanted.tmp_bytes);
  if (disk) {
    TRY_SYNC(auto tree, scratch.make(wanted.tmp_bytes, wanted.owner, "/tmp"));
    tmp.push_back(std::move(tree));
  }
  if (::setns(mounts, CLONE_NEWNS) != 0) return failed_step("enter the sandbox's mounts");
  const Status placed = place(root, tmp, binds, disk ? 0 : wanted.tmp_bytes);
  // This also resets root and working directory to the host's.
  CHECK(::setns(own_mounts, CLONE_NEWNS) == 0, "a process finds back to its own mounts");
  return placed;
}

void abandon_tmp(int mounts) {
  if (::setns(mounts, CLONE_NEWNS) != 0) return;
  const Fd root(::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root) Scratch::abandon(root.get());
}

}  // namespace hearth::sandbox
