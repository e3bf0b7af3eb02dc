// Scratch: disks for the /tmp of sandboxes. Each is a fresh ext4 in a file without a name, over a loop
// device, so that what a function writes there is not its memory: pages that are written can be dropped. The
// file is sparse; it takes from the host's disk what was written. File, device and contents go with the last
// user of the mount, however that ends.
//
// Nothing is made that must be cleaned up. A disk is a copy of the few blocks of an empty file system, which
// is formatted once for each size, the usual one at the start. It takes the kernel a few milliseconds, mostly
// to wait, so some are made ahead by a worker.
//
// Errors have the code "SandboxFailed" and name the step. REQUIRES root and a process with one thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "sandbox/mount_tree.h"

namespace hearth::sandbox {

class Scratch {
 public:
  // No disk is smaller; this is the usual size.
  static constexpr uint64_t kBytesMin = 512ull << 20;

  Scratch() = default;
  // For files in `folder`. Tries whether this host has what it takes; when not, warnings() says what is
  // lacking.
  static Scratch create(const std::string& folder);

  bool usable() const { return !formats_.empty(); }
  // Whether a /tmp of this size can be a disk.
  bool serves(uint64_t bytes) const { return usable() && bytes >= kBytesMin; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  const std::string& folder() const { return folder_; }

  // An empty disk that holds `bytes`, writable for everybody; its root belongs to `owner` of the host.
  Result<MountTree> make(uint64_t bytes, uint32_t owner, std::string target);

  // For the worker that makes disks ahead of need (workers.h): one of the usual size, which nobody owns yet.
  Result<Fd> make_ahead() { return make_disk(kBytesMin); }
  // From now on make() takes what it can from that worker, through this socket, which must stay open.
  void take_from(int worker) { worker_ = worker; }

  // Of the disk whose root is open, if it is one: nobody will read it any more, so what is not written yet
  // need not be.
  static void abandon(int directory);

 private:
  struct Blocks {
    int64_t at;
    std::string bytes;
  };
  // Of an empty file system; all else of it is zero.
  using Format = std::vector<Blocks>;

  Result<const Format*> format_of(uint64_t bytes);
  Result<Fd> make_file(uint64_t bytes, const Format& format) const;
  Result<Fd> make_disk(uint64_t bytes);
  Fd take_disk(uint64_t bytes) const;

  std::string folder_;
  int worker_ = -1;
  std::map<uint64_t, Format> formats_;  // by size
  std::vector<std::string> warnings_;
};

// The program that formats, or empty.
std::string find_mkfs();

}  // namespace hearth::sandbox
