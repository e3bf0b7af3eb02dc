// The class behind rocks.h.
#pragma once
#include <rocksdb/db.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "io/thread_pool.h"
#include "store/backend.h"
#include "store/committer.h"
#include "store/free_space.h"
#include "store/rocks/disk.h"
#include "store/rocks/rocks.h"
#include "store/row_cache.h"

namespace hearth::store::rocks {

// The open database with what it stands on, in the order in which they must end.
struct Database {
  std::shared_ptr<Disk> disk;  // shared with the environment
  std::unique_ptr<rocksdb::Env> env;
  std::unique_ptr<rocksdb::DB> db;
  Version version = 0;  // of the last commit, when it was opened
  ~Database();
  // Writes a row that is there anyway to the memtable alone. RocksDB leaves a log that failed behind only
  // together with a memtable that holds something, so every memtable begins with this.
  Status begin_memtable(Version last);
};

// Shared with the snapshots, which cancelled reads may keep longer than the back end lives.
using DatabasePtr = std::shared_ptr<Database>;

class RocksBackend final : public Backend, private GroupWriter {
 public:
  static constexpr size_t kReadsMax = 4096;  // waiting for the disk; more are answered "StoreBusy"
  static constexpr size_t kReadThreads = 2;

  static Result<std::unique_ptr<Backend>> open(const OpenOptions& options);

  SnapshotPtr snapshot() override;
  std::optional<Result<std::optional<std::string>>> get_in_memory(const Snapshot& snapshot,
                                                                  const std::string& key) override;
  Async<std::vector<std::optional<std::string>>> multi_get(SnapshotPtr snapshot,
                                                           std::vector<std::string> keys) override;
  Async<Page> scan(SnapshotPtr snapshot, ScanOptions options) override;
  Async<Version> commit(Commit commit) override;
  WatchList& watches() override { return committer_.watches(); }
  const Clock& clock() const override { return clock_; }

 private:
  class RocksSnapshot;
  RocksBackend(DatabasePtr database, const OpenOptions& options);

  Status write(std::span<const NumberedCommit> group) override;
  // After a failed write: makes sure that nothing of it stays, and says what to answer.
  Error settle(const rocksdb::Status& failure);
  // Takes up work again after an error, if the disk can.
  Status resume_if_stopped();
  // What is known without a read from disk.
  std::optional<Result<RowCache::Value>> find(const RocksSnapshot& at, const std::string& key);
  // Begins a new memtable, and with it a new log, when the one in use is large enough.
  Status switch_memtable_if_large();
  // Runs `read` on a reading thread.
  template <typename T, typename Read>
  Async<T> from_disk(Read read);

  const Clock& clock_;
  const DatabasePtr database_;
  rocksdb::DB& db_;
  const size_t memtable_bytes_;
  FreeSpace space_;
  RowCache rows_;
  bool stopped_ = false;  // an error was met since the last good write; the committing thread's

  std::mutex snapshot_mutex_;
  SnapshotPtr newest_;  // reused while nothing is committed
  std::atomic<size_t> reads_ = 0;
  Committer committer_;
  io::ThreadPool readers_;  // last: it ends before what it uses
};

}  // namespace hearth::store::rocks
