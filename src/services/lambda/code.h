// Code packages: checked, kept as blobs, and laid out as directories that sandboxes see at /var/task.
//
// The directories are a cache. They are not synced to disk, so after a power failure they may hold anything;
// each start of the machine therefore has a folder of its own for them, and what is missing is unpacked from
// the blob.
#pragma once
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "io/thread_pool.h"
#include "store/blob.h"

namespace hearth::services::lambda {

class CodeStore {
 public:
  // `folder` is where to write, `host_path` the same as the sandboxes' maker sees it (absolute).
  CodeStore(std::string folder, std::string host_path, store::Blobs& blobs, io::ThreadPool& pool);

  struct Package {
    store::StagedBlob blob;
    int64_t unzipped_bytes = 0;
  };
  // Checks a ZIP archive, unpacks it and keeps it. Errors as the service words them.
  Async<Package> accept(std::string zip);

  // The directory of a package that was accepted at some time. Unpacks it when it is not there.
  Async<std::string> directory_of(store::BlobInfo code);

  // Forgets directories of earlier starts of the machine. Blocks; run it on the pool.
  void sweep_earlier_boots() const;

 private:
  Result<int64_t> unpack(const std::string& zip, const std::string& name);
  std::string path_of(const std::string& name) const { return folder_ + "/" + name; }

  std::string parent_;
  std::string boot_;
  std::string folder_;
  std::string host_path_;
  store::Blobs& blobs_;
  io::ThreadPool& pool_;
  std::mutex mutex_;
  std::set<std::string> known_;  // directories seen complete
};

}  // namespace hearth::services::lambda
