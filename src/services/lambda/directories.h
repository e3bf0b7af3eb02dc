// Unpacked code as directories that sandboxes see: those of packages, layers and images. Each is made whole
// under its name or not at all.
//
// The directories are a cache. They are not synced to disk, so after a power failure they may hold anything;
// each start of the machine therefore has a folder of its own for them, and what is missing is made again
// from the blobs. Those that nothing needs any more go by sweep().
//
// Threads: any. What is said here blocks; run it on the pool.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth::services::lambda {

// A directory's path on the host. Shared by all that use the directory: a sandbox's mount keeps no file
// from being deleted, so the directory stays while anyone holds this.
using Directory = std::shared_ptr<const std::string>;

class Directories {
 public:
  // `folder` is where to write, `host_path` the same as the sandboxes' maker sees it (absolute). REQUIRES
  // that nobody else writes there.
  Directories(const std::string& folder, const std::string& host_path);
  Directories(const Directories&) = delete;

  // Makes the directory `name`, which has no dot: `fill` writes it at the path that it gets.
  Status make(const std::string& name, const std::function<Status(const std::string& path)>& fill);
  // The directory when somebody holds it already; for this the disk is not asked.
  Directory held_one(const std::string& name);
  // The directory when it is there.
  Directory take(const std::string& name);
  // One that is there; made when it is not.
  Result<Directory> take_or_make(const std::string& name,
                                 const std::function<Status(const std::string& path)>& fill);
  // Deletes one that turned out to be of no use, if nobody holds it.
  void discard(const std::string& name);
  // Where it is, for us.
  std::string path_of(const std::string& name) const { return folder_ + "/" + name; }
  std::string path_of(const Directory& directory) const;

  // Deletes what was left half done and by earlier starts of the machine, and the directories that nobody
  // holds and that `referenced` named neither this time nor the last time. A package may be accepted some
  // time before it is referenced: the time between two calls must be longer.
  void sweep(const std::set<std::string>& referenced);

 private:
  void find_leftovers(const std::string& parent, const std::string& boot);
  std::vector<std::string> move_unused_away(std::set<std::string> unused);

  std::string folder_;
  std::string host_path_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const std::string>> held_;
  std::set<std::string> suspects_;      // not referenced at the last sweep
  std::vector<std::string> leftovers_;  // paths of what earlier runs left, until the first sweep
};

}  // namespace hearth::services::lambda
