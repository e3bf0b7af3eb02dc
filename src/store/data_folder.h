// The server's data directory: who may use it, and which format it has. Holding the object is holding the
// directory; a second server is refused, with the process that has it, and so is a newer format.
//
//   <data>/FORMAT   "hearth 1": a line that says which format the directory has
//   <data>/LOCK     locked while a server runs; holds its process id
//   <data>/state/   the transactional store       <data>/blobs/   blobs
//
// Errors: "DataFolderBusy", "DataFolderFormat", "StoreIo".
#pragma once
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hearth::store {

class DataFolder {
 public:
  static constexpr int kFormat = 1;

  // Makes the directory if need be. A relative path stays relative.
  static Result<DataFolder> open(const std::string& path);

  std::string state_path() const { return path_ + "/state"; }
  std::string blobs_path() const { return path_ + "/blobs"; }

 private:
  DataFolder(std::string path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  Fd lock_;
};

// Codes for a failed system call: "StoreFull" when space, inodes or quota have run out, "StoreIo" otherwise.
Error file_error(const std::string& what, int error_number);
// Makes the directory's entries durable.
Status sync_folder(const std::string& path);

}  // namespace hearth::store
