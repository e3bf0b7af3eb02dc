#include "sandbox/late_bind.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

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

Status place(const std::vector<MountTree>& trees, uint64_t tmp_bytes) {
  for (const auto& tree : trees) TRY_SYNC_VOID(tree.place());
  return tmp_bytes > 0 ? set_tmp_size(tmp_bytes) : Status();
}

}  // namespace

Status bind_late(int mounts, int own_mounts, const LateBind& wanted,
                 const std::vector<std::string>& source_roots, Scratch& scratch) {
  std::vector<MountTree> trees;
  for (const auto& bind : wanted.binds) {
    TRY_SYNC(auto tree, MountTree::clone(bind.source, bind.target, kReadOnlyMount, source_roots));
    trees.push_back(std::move(tree));
  }
  // A new disk covers the one that the sandbox was made with, which nothing has used.
  const bool disk = scratch.serves(wanted.tmp_bytes);
  if (disk) {
    TRY_SYNC(auto tmp, scratch.make(wanted.tmp_bytes, wanted.owner, "/tmp"));
    trees.push_back(std::move(tmp));
  }
  if (::setns(mounts, CLONE_NEWNS) != 0) return failed_step("enter the sandbox's mounts");
  const Status placed = place(trees, disk ? 0 : wanted.tmp_bytes);
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
