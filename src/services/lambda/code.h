// Code packages: checked, kept as blobs, and laid out as directories (directories.h) that sandboxes see at
// /var/task and, for layers, at /opt.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "io/thread_pool.h"
#include "services/lambda/directories.h"
#include "store/blob.h"

namespace hearth::services::lambda {

class CodeStore {
 public:
  // `folder` and `host_path` are those of Directories.
  CodeStore(const std::string& folder, const std::string& host_path, store::Blobs& blobs,
            io::ThreadPool& pool);

  struct Package {
    store::StagedBlob blob;
    int64_t unzipped_bytes = 0;
  };
  // Checks a ZIP archive, unpacks it and keeps it. Errors as the service words them.
  Async<Package> accept(std::string zip);

  // The directory of a package that was accepted at some time. Unpacks it when it is not there.
  Async<Directory> directory_of(store::BlobInfo code);
  // One directory for several packages: later ones lie over earlier ones. REQUIRES one at least.
  Async<Directory> merged_directory_of(std::vector<store::BlobInfo> packages);

  // The names of the files that lie in the directory's folder of this name, in order.
  Async<std::vector<std::string>> files_in(Directory directory, std::string folder);

  // What the directory of these packages is called, here and for sweep().
  static std::string name_of(const std::vector<store::BlobInfo>& packages);

  // As Directories::sweep().
  Task<void> sweep(std::set<std::string> referenced);

  // Shared with all that make directories, and with the pool's work, which goes on when this has gone.
  const std::shared_ptr<Directories>& directories() const { return directories_; }

 private:
  std::shared_ptr<Directories> directories_;  // shared: see directories()
  store::Blobs& blobs_;
  io::ThreadPool& pool_;
};

}  // namespace hearth::services::lambda
