// How RocksDB is set up: small, and never quiet about a log that cannot be read whole.
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/table.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "base/log.h"
#include "store/data_folder.h"
#include "store/rocks/rocks_backend.h"
#include "store/rocks/translate.h"

namespace hearth::store::rocks {
namespace {

// RocksDB's own words go to our log; it writes no log files.
class LogLines final : public rocksdb::Logger {
 public:
  LogLines() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char line[512];
    (void)vsnprintf(line, sizeof line, format, arguments);
    std::string_view text(line);
    text.remove_suffix(text.size() - (text.find_last_not_of('\n') + 1));
    log::warn("store: {}", text);
  }
};

// What happens when RocksDB meets an error.
class OnError final : public rocksdb::EventListener {
 public:
  void attach(rocksdb::DB* db) { db_ = db; }

  // Recovery is the committer's decision: it knows first what is in the log.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }

  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override {
    flush_failed_ = false;
    flush_begun_.notify_all();
  }

  // Called before the error takes effect. Two things must not happen then:
  // - a compaction that met a full disk stops the commits; it changed nothing and is tried again;
  // - RocksDB 7.8 forgets a flush that is scheduled but has not begun: its memtable stays marked as queued,
  //   and the flush of DB::Resume waits behind it for ever.
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
    using enum rocksdb::BackgroundErrorReason;
    if (reason == kCompaction && error->IsNoSpace()) {
      *error = rocksdb::Status::OK();
    } else if (reason == kFlush || reason == kFlushNoWAL || reason == kManifestWriteNoWAL) {
      flush_failed_ = true;
    } else if (db_ != nullptr) {
      wait_until_flush_begins(*db_);
    }
  }

 private:
  static constexpr std::chrono::microseconds kWait{200};
  static constexpr int kWaitsMax = 50'000;

  // After one that failed none begins before DB::Resume, and none is forgotten.
  void wait_until_flush_begins(rocksdb::DB& db) {
    for (int waits = 0; waits < kWaitsMax && !flush_failed_; ++waits) {
      uint64_t due = 0;
      if (!db.GetIntProperty(rocksdb::DB::Properties::kMemTableFlushPending, &due) || due == 0) return;
      std::unique_lock lock(mutex_);
      flush_begun_.wait_for(lock, kWait);
    }
  }

  std::atomic<rocksdb::DB*> db_ = nullptr;
  std::atomic<bool> flush_failed_ = false;
  std::mutex mutex_;
  std::condition_variable flush_begun_;
};

class AddIntegers final : public rocksdb::AssociativeMergeOperator {
 public:
  const char* Name() const override { return "hearth.add"; }
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* before, const rocksdb::Slice& operand,
             std::string* sum, rocksdb::Logger*) const override {
    const auto delta = counter_value(operand.ToStringView());
    const auto base = before ? counter_value(before->ToStringView()) : Result<int64_t>(0);
    // Refusing would stop the whole database; the caller that mixes the two finds its own value lost, and
    // told.
    if (!base || !delta) log::error("store: an integer was added to a value that is none; it counts as 0");
    *sum = counter_bytes(static_cast<int64_t>(static_cast<uint64_t>(base.value_or(0)) +
                                              static_cast<uint64_t>(delta.value_or(0))));
    return true;
  }
};

rocksdb::Options database_options(const OpenOptions& options, rocksdb::Env* env,
                                  std::shared_ptr<OnError> on_error) {
  rocksdb::Options o;
  o.env = env;
  o.create_if_missing = true;
  o.paranoid_checks = true;
  // A record that the end of the log cuts short was never answered. Anything else that cannot be read is an
  // error to be told at start, not a point to stop reading at.
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  o.max_bgerror_resume_count = 0;
  o.listeners.push_back(std::move(on_error));
  o.merge_operator = std::make_shared<AddIntegers>();
  o.info_log = std::make_shared<LogLines>();
  // Opening must not grow with the data.
  o.max_open_files = 256;
  o.skip_stats_update_on_db_open = true;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.max_background_jobs = 2;
  // The back end switches memtables itself, at memtable_bytes and between groups; one group fits on top.
  o.write_buffer_size = options.memtable_bytes + 2 * Committer::kGroupBytesMax;
  o.max_total_wal_size = options.memtable_bytes;  // how much of a log is allocated ahead
  o.arena_block_size = 64 * 1024;
  o.max_write_buffer_number = 3;
  o.target_file_size_base = 8 * 1024 * 1024;
  o.max_bytes_for_level_base = o.level0_file_num_compaction_trigger * options.memtable_bytes;
  o.level_compaction_dynamic_level_bytes = true;
  o.max_manifest_file_size = 1024 * 1024;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  // Counted in the cache, but looked up once a table and not once a read.
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  table.format_version = 5;
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return o;
}

Result<DatabasePtr> open_database(const OpenOptions& options) {
  auto database = std::make_shared<Database>();
  database->disk = std::make_shared<Disk>(options.faults);
  database->env = rocksdb::NewCompositeEnv(database->disk);
  if (::mkdir(options.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(file_error("cannot make " + options.folder, errno));
  }
  rocksdb::DB* db = nullptr;
  const auto on_error = std::make_shared<OnError>();
  const rocksdb::Status opened =
      rocksdb::DB::Open(database_options(options, database->env.get(), on_error), options.folder, &db);
  if (!opened.ok()) {
    Error error = translate(opened);
    error.message = "cannot open the store in " + options.folder + ": " + error.message;
    return fail(std::move(error));
  }
  database->db.reset(db);
  on_error->attach(db);
  std::string version;
  const rocksdb::Status read = db->Get({}, kVersionKey, &version);
  if (!read.ok() && !read.IsNotFound()) return fail(translate(read));
  if (read.ok()) {
    TRY_SYNC(const int64_t last, counter_value(version));
    database->version = static_cast<Version>(last);
  }
  TRY_SYNC_VOID(database->begin_memtable(database->version));
  return database;
}

}  // namespace

Database::~Database() {
  if (!db) return;
  // A clean end leaves no log to read at the next start. If it fails, the log is still there.
  (void)db->Flush({});
  (void)db->Close();
}

Status Database::begin_memtable(Version last) {
  rocksdb::WriteOptions memory_only;
  memory_only.disableWAL = true;
  const rocksdb::Status written =
      db->Put(memory_only, kVersionKey, counter_bytes(static_cast<int64_t>(last)));
  if (!written.ok()) return fail(translate(written));
  return {};
}

Result<std::unique_ptr<Backend>> RocksBackend::open(const OpenOptions& options) {
  TRY_SYNC(auto database, open_database(options));
  auto* backend = new RocksBackend(std::move(database), options);  // NOLINT: its constructor is private
  return std::unique_ptr<Backend>(backend);
}

Result<std::unique_ptr<Store>> open(OpenOptions options) {
  TRY_SYNC(auto backend, RocksBackend::open(options));
  return std::make_unique<Store>(std::move(backend));
}

}  // namespace hearth::store::rocks
