// Snapshots: processes of functions' versions that have run their init, as images that new environments of
// the version begin with (zygote/snapshot.h, checkpoint/take.h). Files below one folder, which is emptied at
// the start: an image is of use only to forks of the zygote that its process was one of, or on the kernel
// that it was written on. Nothing here reads what is in one.
//
// Threads: any thread.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/fd.h"
#include "base/task.h"
#include "execution/function_config.h"
#include "io/thread_pool.h"

namespace hearth::execution {

// A file in a folder of its own. It is removed when nobody holds the image; a process that has taken it over
// keeps what it needs of it.
class Image {
 public:
  static constexpr const char* kFileName = "image";

  Image(std::string folder, std::string host_folder, io::ThreadPool& pool);
  ~Image();
  Image(const Image&) = delete;

  // One at a time. REQUIRES that the image outlives it.
  Async<void> append(std::string piece);
  uint64_t bytes() const { return bytes_; }
  // As the sandboxes' maker sees it.
  const std::string& host_folder() const { return host_folder_; }

 private:
  const std::string folder_;
  const std::string host_folder_;
  io::ThreadPool& pool_;
  Fd file_;
  uint64_t bytes_ = 0;
};

class Snapshots {
 public:
  static constexpr uint64_t kBytesMax = uint64_t{16} << 30;  // together; those used longest ago go first

  // `host_path` is the folder as the sandboxes' maker sees it (absolute).
  Snapshots(std::string folder, std::string host_path, io::ThreadPool& pool);

  // Shared: with environments that are about to begin with it.
  using Held = std::shared_ptr<const Image>;

  // Of this revision, or nothing.
  Held find(const FunctionConfig& config);
  // None can be made of this revision.
  bool has_none(const FunctionConfig& config);
  // Whether the caller shall make one now, and tell by end() how that went: there is none, nobody makes one,
  // and none has proved impossible.
  bool begin(const FunctionConfig& config);
  std::shared_ptr<Image> create();
  // Without an image: none can be made of this revision, or, to be tried `again`, could not this time.
  void end(const FunctionConfig& config, Held image, bool again);
  // It is of no use.
  void discard(const FunctionConfig& config, const Held& image);
  // A function has gone, or a version of it.
  void drop(const std::string& function_arn, const std::string& version = "");

 private:
  struct Entry {
    std::string revision;
    Held image;
    bool making = false;
    bool unfit = false;
    uint64_t used = 0;
  };
  using Entries = std::map<std::pair<std::string, std::string>, Entry>;

  Entry* entry_of(const FunctionConfig& config);  // under the mutex
  void make_room(std::vector<Held>& gone);        // under the mutex

  const std::string folder_;
  const std::string host_path_;
  io::ThreadPool& pool_;
  std::mutex mutex_;
  Entries entries_;  // by function and version
  uint64_t uses_ = 0;
  uint64_t made_ = 0;
};

}  // namespace hearth::execution
