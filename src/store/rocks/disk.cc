#include "store/rocks/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "store/rocks/translate.h"

namespace hearth::store::rocks {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// Retryable, or RocksDB would not take up its work again (DB::Resume) when the trouble is over; and without
// the sub-code for a full disk, which would overrule that.
IOStatus retryable(IOStatus status) {
  if (status.ok()) return status;
  if (status.IsNoSpace()) status = IOStatus::IOError(kNoSpaceText);
  status.SetRetryable(true);
  return status;
}

IOStatus injected(int error_number) {
  return retryable(error_number == ENOSPC ? IOStatus::NoSpace() : IOStatus::IOError("injected"));
}

}  // namespace

class Disk::Log final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Log(Disk& disk, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {
    const std::lock_guard lock(disk_.mutex_);
    disk_.logs_.insert(this);
  }
  ~Log() override {
    const std::lock_guard lock(disk_.mutex_);
    disk_.logs_.erase(this);
  }

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (cut_) return retryable(IOStatus::IOError("this log ended with a failed write"));
    written_ += data.size();  // before the write: a failed one may leave any part of it
    const int fault = disk_.faults_ ? disk_.faults_->log_write_error.load() : 0;
    if (fault != 0) {
      const size_t kept = std::min<size_t>(data.size(), disk_.faults_->log_write_bytes_kept.load());
      (void)target()->Append(Slice(data.data(), kept), options, debug);
      return injected(fault);
    }
    return retryable(target()->Append(data, options, debug));
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return synced([&] { return target()->Sync(options, debug); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return synced([&] { return target()->Fsync(options, debug); });
  }
  // What is left of a cut log is on disk; its end must not be moved when it is closed.
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return cut_ ? IOStatus::OK() : target()->Truncate(size, options, debug);
  }

  bool cut() {
    if (cut_ || written_ == synced_) return true;
    cut_ = true;
    if (disk_.faults_ && disk_.faults_->log_cut_fails) return false;
    const Fd file(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
    return file && ::ftruncate(file.get(), static_cast<off_t>(synced_)) == 0 && ::fsync(file.get()) == 0;
  }

 private:
  template <typename Call>
  IOStatus synced(Call call) {
    if (cut_) return IOStatus::OK();
    const uint64_t covered = written_;
    const int fault = disk_.faults_ ? disk_.faults_->log_sync_error.load() : 0;
    IOStatus status = fault != 0 ? injected(fault) : retryable(call());
    if (status.ok()) synced_ = covered;
    return status;
  }

  Disk& disk_;
  const std::string path_;
  std::atomic<uint64_t> written_ = 0;
  std::atomic<uint64_t> synced_ = 0;
  std::atomic<bool> cut_ = false;
};

IOStatus Disk::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
  if (!path.ends_with(".log")) return status;
  if (!status.ok()) return retryable(status);
  *file = std::make_unique<Log>(*this, path, std::move(*file));
  return status;
}

bool Disk::cut_unsynced() {
  const std::lock_guard lock(mutex_);
  bool certain = true;
  for (Log* log : logs_) certain = log->cut() && certain;
  return certain;
}

}  // namespace hearth::store::rocks
