// Code packages: checked, kept as blobs, and laid out as directories that sandboxes see at /var/task and, for
// layers, at /opt.
//
// The directories are a cache. They are not synced to disk, so after a power failure they may hold anything;
// each start of the machine therefore has a folder of its own for them, and what is missing is unpacked from
// the blob. Those that nothing needs any more go by sweep().
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "io/thread_pool.h"
#include "store/blob.h"

namespace hearth::services::lambda {

class CodeStore {
 public:
  // `folder` is where to write, `host_path` the same as the sandboxes' maker sees it (absolute). REQUIRES
  // that nobody else writes there.
  CodeStore(std::string folder, std::string host_path, store::Blobs& blobs, io::ThreadPool& pool);

  struct Package {
    store::StagedBlob blob;
    int64_t unzipped_bytes = 0;
  };
  // Checks a ZIP archive, unpacks it and keeps it. Errors as the service words them.
  Async<Package> accept(std::string zip);

  // A directory's path on the host. Shared by all that use the directory: a sandbox's mount keeps no file
  // from being deleted, so the directory stays while anyone holds this.
  using Directory = std::shared_ptr<const std::string>;
  // The directory of a package that was accepted at some time. Unpacks it when it is not there.
  Async<Directory> directory_of(store::BlobInfo code);
  // One directory for several packages: later ones lie over earlier ones. REQUIRES one at least.
  Async<Directory> merged_directory_of(std::vector<store::BlobInfo> packages);

  // The names of the files that lie in the directory's folder of this name, in order.
  Async<std::vector<std::string>> files_in(Directory directory, std::string folder);

  // What the directory of these packages is called, here and for sweep().
  static std::string name_of(const std::vector<store::BlobInfo>& packages);

  // Deletes what was left half done and by earlier starts of the machine, and the directories that nobody
  // holds and that `referenced` named neither this time nor the last time. A package may be accepted some
  // time before it is referenced: the time between two calls must be longer.
  Task<void> sweep(std::set<std::string> referenced);

 private:
  struct State;

  std::shared_ptr<State> state_;  // shared with the pool's work, which goes on when this has gone
  store::Blobs& blobs_;
  io::ThreadPool& pool_;
};

}  // namespace hearth::services::lambda
