// The file system under RocksDB, watched for one thing: how much of the write-ahead log is known to be on
// disk. After a failed write that log may hold a group whose writers were told of the failure; cut_unsynced()
// takes it out again, so that no restart finds it. Also the place where tests make the disk fail.
//
// Threads: any.
#pragma once
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "store/rocks/faults.h"

namespace hearth::store::rocks {

class Disk final : public rocksdb::FileSystemWrapper {
 public:
  explicit Disk(Faults* faults) : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(faults) {}
  const char* Name() const override { return "hearth"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;

  // Cuts every log that was written to without a successful sync back to what is synced, and takes no more
  // bytes for it. False when that cannot be made certain.
  bool cut_unsynced();

 private:
  class Log;

  Faults* const faults_;
  std::mutex mutex_;
  std::set<Log*> logs_;
};

}  // namespace hearth::store::rocks
