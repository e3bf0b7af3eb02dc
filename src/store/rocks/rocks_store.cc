#include "store/rocks/rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/table.h>

#include <mutex>

#include "base/log.h"
#include "store/committer.h"

namespace hearth::store::rocks {
namespace {

// Below every tuple, so that no scan meets it.
const std::string kVersionKey("\0version", 8);

Error error_of(const rocksdb::Status& status) {
  if (status.IsIOError() && status.subcode() == rocksdb::Status::kNoSpace) {
    return {.code = "StoreFull", .message = "no space is left on the disk: " + status.ToString()};
  }
  if (status.IsCorruption()) return {.code = "StoreCorrupt", .message = status.ToString()};
  return {.code = "StoreIo", .message = status.ToString()};
}

// Counters: eight bytes, little end first.
class AddOperator final : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value, std::string* result,
             rocksdb::Logger*) const override {
    const auto delta = counter_value({value.data(), value.size()});
    const auto before = existing ? counter_value({existing->data(), existing->size()}) : Result<int64_t>(0);
    if (!delta || !before) return false;
    *result = counter_bytes(static_cast<int64_t>(static_cast<uint64_t>(*before) + static_cast<uint64_t>(*delta)));
    return true;
  }
  const char* Name() const override { return "hearth.add"; }
};

class RocksSnapshot final : public Snapshot {
 public:
  RocksSnapshot(Version version, rocksdb::DB& db) : Snapshot(version), db_(db), snapshot_(db.GetSnapshot()) {}
  ~RocksSnapshot() override { db_.ReleaseSnapshot(snapshot_); }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

rocksdb::ReadOptions reading(const Snapshot& snapshot, bool memory_only) {
  rocksdb::ReadOptions options;
  options.snapshot = static_cast<const RocksSnapshot&>(snapshot).get();
  if (memory_only) options.read_tier = rocksdb::kBlockCacheTier;
  return options;
}

class RocksBackend final : public Backend, private GroupWriter {
 public:
  RocksBackend(std::unique_ptr<rocksdb::DB> db, Version version, io::ThreadPool& readers, const Clock& clock)
      : db_(std::move(db)), readers_(readers), clock_(clock), committer_(*this, version, clock) {}

  SnapshotPtr snapshot() override;
  std::optional<Result<std::optional<std::string>>> get_in_memory(const Snapshot& snapshot,
                                                                  const std::string& key) override;
  Async<std::vector<std::optional<std::string>>> multi_get(SnapshotPtr snapshot,
                                                           std::vector<std::string> keys) override;
  Async<Page> scan(SnapshotPtr snapshot, ScanOptions options) override;
  Async<void> commit(Commit commit) override { return committer_.commit(std::move(commit)); }
  WatchList& watches() override { return committer_.watches(); }
  const Clock& clock() const override { return clock_; }

 private:
  // "Incomplete" when `memory_only` and the disk is needed.
  Result<Page> scan_now(const Snapshot& snapshot, const ScanOptions& options, bool memory_only);
  Status write(std::span<const NumberedCommit> group) override;
  Status recover();

  std::unique_ptr<rocksdb::DB> db_;
  io::ThreadPool& readers_;
  const Clock& clock_;
  std::mutex mutex_;
  std::weak_ptr<const Snapshot> latest_;
  // The log broke off in a failed write: nothing is written until RocksDB has left it behind.
  bool broken_ = false;
  Committer committer_;  // last: its thread ends before what it writes to
};

SnapshotPtr RocksBackend::snapshot() {
  const Version version = committer_.version();
  const std::lock_guard lock(mutex_);
  if (auto latest = latest_.lock(); latest && latest->version() == version) return latest;
  auto fresh = std::make_shared<const RocksSnapshot>(version, *db_);
  latest_ = fresh;
  return fresh;
}

std::optional<Result<std::optional<std::string>>> RocksBackend::get_in_memory(const Snapshot& snapshot,
                                                                              const std::string& key) {
  std::string value;
  const auto status = db_->Get(reading(snapshot, true), key, &value);
  if (status.IsIncomplete()) return std::nullopt;
  if (status.IsNotFound()) return Result<std::optional<std::string>>(std::nullopt);
  if (!status.ok()) return Result<std::optional<std::string>>(fail(error_of(status)));
  return Result<std::optional<std::string>>(std::move(value));
}

Async<std::vector<std::optional<std::string>>> RocksBackend::multi_get(SnapshotPtr snapshot,
                                                                       std::vector<std::string> keys) {
  using Values = std::vector<std::optional<std::string>>;
  auto read = [this, snapshot, keys = std::move(keys)]() -> Result<Values> {
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<std::string> values;
    const auto statuses = db_->MultiGet(reading(*snapshot, false), slices, &values);
    Values found(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok()) {
        found[i] = std::move(values[i]);
      } else if (!statuses[i].IsNotFound()) {
        return fail(error_of(statuses[i]));
      }
    }
    return found;
  };
  co_return co_await readers_.run(std::move(read));
}

Result<Page> RocksBackend::scan_now(const Snapshot& snapshot, const ScanOptions& options, bool memory_only) {
  auto read = reading(snapshot, memory_only);
  const rocksdb::Slice lower(options.range.begin);
  const rocksdb::Slice upper(options.range.end);
  read.iterate_lower_bound = &lower;
  read.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(read));
  Page page;
  size_t bytes = 0;
  auto forward = [&] { options.reverse ? at->Prev() : at->Next(); };
  for (options.reverse ? at->SeekToLast() : at->SeekToFirst(); at->Valid(); forward()) {
    if (page.rows.size() >= options.rows_max || bytes >= options.bytes_max) {
      page.more = true;
      break;
    }
    bytes += at->key().size() + at->value().size();
    page.rows.push_back({at->key().ToString(), at->value().ToString()});
  }
  if (at->status().IsIncomplete()) return fail("Incomplete", "");
  if (!at->status().ok()) return fail(error_of(at->status()));
  return page;
}

Async<Page> RocksBackend::scan(SnapshotPtr snapshot, ScanOptions options) {
  if (options.range.empty()) co_return Page{};
  auto page = scan_now(*snapshot, options, true);
  if (page || page.error().code != "Incomplete") co_return page;
  auto read = [this, snapshot, options = std::move(options)] { return scan_now(*snapshot, options, false); };
  co_return co_await readers_.run(std::move(read));
}

// RocksDB refuses writes after a failed one until it has written what is in memory elsewhere and begun a new log; what
// the old log may hold of the failed group is gone with it then.
Status RocksBackend::recover() {
  const auto status = db_->Resume();
  if (!status.ok()) return fail(error_of(status));
  broken_ = false;
  return {};
}

Status RocksBackend::write(std::span<const NumberedCommit> group) {
  if (broken_) TRY_SYNC_VOID(recover());
  rocksdb::WriteBatch batch;
  for (const auto& [commit, version] : group) {
    for (const Mutation& mutation : commit->mutations) {
      switch (mutation.kind) {
        case Mutation::Kind::kPut:
          batch.Put(mutation.key, mutation.value);
          break;
        case Mutation::Kind::kErase:
          batch.Delete(mutation.key);
          break;
        case Mutation::Kind::kEraseRange:
          batch.DeleteRange(mutation.key, mutation.value);
          break;
        case Mutation::Kind::kAdd:
          batch.Merge(mutation.key, counter_bytes(mutation.delta));
          break;
        case Mutation::Kind::kPutStampedKey:
          batch.Put(mutation.key + Key(Stamp{version, mutation.order}).bytes() + mutation.suffix, mutation.value);
          break;
        case Mutation::Kind::kPutStampedValue:
          batch.Put(mutation.key, mutation.value + Stamp{version, mutation.order}.bytes());
          break;
      }
    }
  }
  batch.Put(kVersionKey, counter_bytes(static_cast<int64_t>(group.back().version)));
  rocksdb::WriteOptions options;
  options.sync = true;
  const auto status = db_->Write(options, &batch);
  if (status.ok()) return {};
  broken_ = true;
  const Error error = error_of(status);
  log::error("the store could not write: {}", error.message);
  // On a full disk the record broke off and cannot come back. After any other failure it may be whole on the disk,
  // until RocksDB has left that log behind.
  if (error.code != "StoreFull" && !recover()) return fail("StoreUnknown", error.message);
  return fail(error);
}

rocksdb::Options options_of(const RocksOptions& wanted) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.merge_operator = std::make_shared<AddOperator>();
  // A record that broke off at the log's very end was never acknowledged; any other damage must be seen.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.write_buffer_size = wanted.write_buffer_bytes;
  options.arena_block_size = 64 << 10;
  options.max_write_buffer_number = 3;
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  options.compression = rocksdb::kLZ4Compression;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_total_wal_size = 64 << 20;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(wanted.block_cache_bytes, 2);
  table.cache_index_and_filter_blocks = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

Result<std::unique_ptr<Backend>> open(const std::string& folder, io::ThreadPool& readers, const Clock& clock,
                                      RocksOptions options) {
  rocksdb::DB* raw = nullptr;
  const auto status = rocksdb::DB::Open(options_of(options), folder, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (!status.ok()) return fail(error_of(status));
  std::string bytes;
  Version version = 1;
  const auto got = db->Get({}, kVersionKey, &bytes);
  if (got.ok()) {
    TRY_SYNC(const int64_t stored, counter_value(bytes));
    version = static_cast<Version>(stored);
  } else if (!got.IsNotFound()) {
    return fail(error_of(got));
  }
  return std::make_unique<RocksBackend>(std::move(db), version, readers, clock);
}

}  // namespace hearth::store::rocks
