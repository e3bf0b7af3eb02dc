// MountTree: a file or directory of the host, cloned as a mount that waits for its place in a sandbox. What
// names a path of the host is done when it is made; what names a path inside, when it is placed, so that no
// symbolic link inside can lead out.
#pragma once
#include <sys/mount.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hearth::sandbox {

constexpr uint64_t kReadOnlyMount = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

// Opens a path of the host after checking that it really lies below one of `roots`; all may be opened when
// there are none.
Result<Fd> open_mount_source(const std::string& source, const std::vector<std::string>& roots);

class MountTree {
 public:
  // REQUIRES privileges. `attributes` are those of mount_setattr.
  static Result<MountTree> clone(const std::string& source, std::string target, uint64_t attributes,
                                 const std::vector<std::string>& roots);
  // Of a mount that was just made.
  static MountTree of_directory(Fd mount, std::string target) {
    return {std::move(mount), std::move(target), true};
  }
  // Moves it to its target in the mount namespace that the process is in now, which is made when it is
  // missing.
  Status place() const;

 private:
  MountTree(Fd mount, std::string target, bool is_directory)
      : mount_(std::move(mount)), target_(std::move(target)), is_directory_(is_directory) {}

  Fd mount_;
  std::string target_;
  bool is_directory_;
};

}  // namespace hearth::sandbox
