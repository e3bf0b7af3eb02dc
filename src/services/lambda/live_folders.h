// Folders of this machine that functions run from while people work on what lies in them: named in place of a
// package as the bucket "hot-reload" and the folder's path as the key, below the folders that the server's
// owner permits. Sandboxes see them read-only, and what an invoke finds there is what lay there when it came.
//
// Threads: any thread that runs a loop.
#pragma once
#include <string>
#include <vector>

#include "io/thread_pool.h"

namespace hearth::services::lambda {

class LiveFolders {
 public:
  static constexpr std::string_view kBucket = "hot-reload";
  static constexpr size_t kFilesMax = 100'000;

  // `permitted`: real paths of folders in or below which they lie; with none there are no such functions.
  LiveFolders(std::vector<std::string> permitted, io::ThreadPool& pool)
      : permitted_(std::move(permitted)), pool_(pool) {}

  bool offered() const { return !permitted_.empty(); }
  // The folder's path with all links followed. InvalidParameterValueException for one that is not permitted.
  Async<std::string> find(std::string path) const;
  // Tells the folder's states apart: another text once a file has come, gone or changed. `folder` is of
  // find(), and may have gone since, or have become too large: CodeArtifactUserFailedException.
  Async<std::string> state(std::string folder) const;

 private:
  std::vector<std::string> permitted_;
  io::ThreadPool& pool_;
};

}  // namespace hearth::services::lambda
