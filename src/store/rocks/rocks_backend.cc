#include "store/rocks/rocks_backend.h"

#include <rocksdb/write_batch.h>

#include <algorithm>

#include "base/log.h"
#include "store/rocks/translate.h"

namespace hearth::store::rocks {

// Keeps the database open as long as somebody reads from it.
class RocksBackend::RocksSnapshot final : public Snapshot {
 public:
  RocksSnapshot(DatabasePtr database, Version version)
      : Snapshot(version), database_(std::move(database)), snapshot_(database_->db->GetSnapshot()) {}
  ~RocksSnapshot() override { database_->db->ReleaseSnapshot(snapshot_); }

  rocksdb::ReadOptions options(rocksdb::ReadTier tier) const {
    rocksdb::ReadOptions o;
    o.snapshot = snapshot_;
    o.read_tier = tier;
    return o;
  }
  rocksdb::DB& db() const { return *database_->db; }

 private:
  const DatabasePtr database_;
  const rocksdb::Snapshot* const snapshot_;
};

namespace {

using Values = std::vector<std::optional<std::string>>;

// RocksDB answers a read from memory with success and an empty value when a whole table is not at hand, so
// from memory alone an empty value is no answer.
bool is_no_answer(rocksdb::ReadTier tier, const rocksdb::Status& status,
                  const rocksdb::PinnableSlice& value) {
  return status.IsIncomplete() || (tier == rocksdb::kBlockCacheTier && status.ok() && value.empty());
}

// Nothing: the tier does not hold what is needed.
template <typename S>
std::optional<Result<std::optional<std::string>>> get_one(const S& snapshot, rocksdb::ReadTier tier,
                                                          const std::string& key) {
  rocksdb::PinnableSlice value;
  rocksdb::DB& db = snapshot.db();
  const rocksdb::Status status = db.Get(snapshot.options(tier), db.DefaultColumnFamily(), key, &value);
  if (is_no_answer(tier, status, value)) return std::nullopt;
  if (status.ok()) return std::optional<std::string>(value.ToString());
  if (status.IsNotFound()) return std::optional<std::string>();
  return fail(translate(status));
}

template <typename S>
Result<Values> get_all_from_disk(const S& snapshot, const std::vector<std::string>& keys) {
  const size_t count = keys.size();
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> found(count);
  std::vector<rocksdb::Status> statuses(count);
  rocksdb::DB& db = snapshot.db();
  db.MultiGet(snapshot.options(rocksdb::kReadAllTier), db.DefaultColumnFamily(), count, slices.data(),
              found.data(), statuses.data());
  Values values(count);
  for (size_t i = 0; i < count; ++i) {
    if (!statuses[i].ok() && !statuses[i].IsNotFound()) return fail(translate(statuses[i]));
    if (statuses[i].ok()) values[i] = found[i].ToString();
  }
  return values;
}

template <typename S>
std::optional<Result<Page>> scan_page(const S& snapshot, rocksdb::ReadTier tier, const ScanOptions& options) {
  rocksdb::ReadOptions read = snapshot.options(tier);
  const rocksdb::Slice begin(options.range.begin);
  const rocksdb::Slice end(options.range.end);
  read.iterate_lower_bound = &begin;
  read.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> rows(snapshot.db().NewIterator(read));
  options.reverse ? rows->SeekToLast() : rows->SeekToFirst();
  Page page;
  size_t bytes = 0;
  for (; rows->Valid(); options.reverse ? rows->Prev() : rows->Next()) {
    if (page.rows.size() >= options.rows_max || bytes >= options.bytes_max) {
      page.more = true;
      break;
    }
    page.rows.push_back({rows->key().ToString(), rows->value().ToString()});
    bytes += page.rows.back().key.size() + page.rows.back().value.size();
  }
  if (rows->status().IsIncomplete()) return std::nullopt;
  if (!rows->status().ok()) return fail(translate(rows->status()));
  return page;
}

}  // namespace

RocksBackend::RocksBackend(DatabasePtr database, const OpenOptions& options)
    : clock_(*options.clock),
      database_(std::move(database)),
      db_(*database_->db),
      memtable_bytes_(options.memtable_bytes),
      space_(options.folder),
      rows_(options.row_cache_bytes),
      committer_(*this, database_->version, clock_),
      readers_(kReadThreads) {}

// ----- reads -----

SnapshotPtr RocksBackend::snapshot() {
  // Taken before the snapshot: that may then hold more than its version says, never less.
  const Version version = committer_.version();
  SnapshotPtr old;  // released outside the lock
  const std::lock_guard lock(snapshot_mutex_);
  if (!newest_ || newest_->version() != version) {
    old = std::exchange(newest_, std::make_shared<RocksSnapshot>(database_, version));
  }
  return newest_;
}

template <typename T, typename Read>
Async<T> RocksBackend::from_disk(Read read) {
  if (reads_.fetch_add(1) >= kReadsMax) {
    --reads_;
    co_return fail("StoreBusy", "too many reads are waiting for the disk");
  }
  co_return co_await readers_.run([this, read = std::move(read)] {
    Result<T> result = read();
    --reads_;
    return result;
  });
}

std::optional<Result<RowCache::Value>> RocksBackend::find(const RocksSnapshot& at, const std::string& key) {
  if (auto known = rows_.find(key, at.version())) return *std::move(known);
  auto value = get_one(at, rocksdb::kBlockCacheTier, key);
  if (value && *value) rows_.keep(key, **value, at.version());
  return value;
}

std::optional<Result<std::optional<std::string>>> RocksBackend::get_in_memory(const Snapshot& snapshot,
                                                                              const std::string& key) {
  return find(static_cast<const RocksSnapshot&>(snapshot), key);
}

// Asked for many keys at once, RocksDB reads from disk whatever the tier says, and keeps nothing of what it
// read so in memory; so it is asked for many only on a reading thread.
Async<Values> RocksBackend::multi_get(SnapshotPtr snapshot, std::vector<std::string> keys) {
  const auto& at = static_cast<const RocksSnapshot&>(*snapshot);
  Values values(keys.size());
  std::vector<size_t> places;
  std::vector<std::string> missing;
  for (size_t i = 0; i < keys.size(); ++i) {
    auto value = find(at, keys[i]);
    if (value) {
      TRY(values[i], std::move(*value));
    } else {
      places.push_back(i);
      missing.push_back(std::move(keys[i]));
    }
  }
  if (missing.empty()) co_return values;
  auto read = [this, kept = std::move(snapshot), sought = std::move(missing)]() -> Result<Values> {
    const auto& from = static_cast<const RocksSnapshot&>(*kept);
    TRY_SYNC(auto found, get_all_from_disk(from, sought));
    for (size_t i = 0; i < sought.size(); ++i) rows_.keep(sought[i], found[i], from.version());
    return found;
  };
  TRY(auto found, co_await from_disk<Values>(std::move(read)));
  for (size_t i = 0; i < places.size(); ++i) values[places[i]] = std::move(found[i]);
  co_return values;
}

Async<Page> RocksBackend::scan(SnapshotPtr snapshot, ScanOptions options) {
  const auto& at = static_cast<const RocksSnapshot&>(*snapshot);
  auto page = scan_page(at, rocksdb::kBlockCacheTier, options);
  if (page) co_return *std::move(page);
  auto read = [kept = std::move(snapshot), options = std::move(options)] {
    return *scan_page(static_cast<const RocksSnapshot&>(*kept), rocksdb::kReadAllTier, options);
  };
  co_return co_await from_disk<Page>(std::move(read));
}

// ----- commits -----

namespace {

// With the reserve of a full disk.
constexpr size_t kTakingAwayBytesMax = 64 * 1024;

bool takes_away(const Commit& commit) {
  return commit.size_bytes <= kTakingAwayBytesMax &&
         std::ranges::any_of(commit.mutations, [](const Mutation& mutation) {
           return mutation.kind == Mutation::Kind::kErase || mutation.kind == Mutation::Kind::kEraseRange;
         });
}

Async<Version> refused(Error error) {
  co_return error;
}

std::string stamped_key(const Mutation& mutation, Version version) {
  Key key = Key::from_bytes(mutation.key);
  key.add(Stamp{version, mutation.order});
  return key.bytes() + mutation.suffix;
}

// Before the write, because a read may see it before its version is told.
void mark_changed(RowCache& rows, const Mutation& mutation, Version version) {
  switch (mutation.kind) {
    case Mutation::Kind::kEraseRange:
      return rows.range_changed(version);
    case Mutation::Kind::kPutStampedKey:
      return rows.key_changed(stamped_key(mutation, version), version);
    default:
      return rows.key_changed(mutation.key, version);
  }
}

void add_to(rocksdb::WriteBatch& batch, const Mutation& mutation, Version version) {
  rocksdb::Status status;
  switch (mutation.kind) {
    case Mutation::Kind::kPut:
      status = batch.Put(mutation.key, mutation.value);
      break;
    case Mutation::Kind::kErase:
      status = batch.Delete(mutation.key);
      break;
    case Mutation::Kind::kEraseRange:
      status = batch.DeleteRange(mutation.key, mutation.value);
      break;
    case Mutation::Kind::kAdd:
      status = batch.Merge(mutation.key, counter_bytes(mutation.delta));
      break;
    case Mutation::Kind::kPutStampedKey:
      status = batch.Put(stamped_key(mutation, version), mutation.value);
      break;
    case Mutation::Kind::kPutStampedValue:
      status = batch.Put(mutation.key, mutation.value + Stamp{version, mutation.order}.bytes());
      break;
  }
  CHECK(status.ok(), "a batch in memory takes every write");
}

}  // namespace

Status RocksBackend::write(std::span<const NumberedCommit> group) {
  TRY_SYNC_VOID(resume_if_stopped());
  TRY_SYNC_VOID(switch_memtable_if_large());
  rocksdb::WriteBatch batch;
  for (const auto& [commit, version] : group) {
    for (const Mutation& mutation : commit->mutations) {
      mark_changed(rows_, mutation, version);
      add_to(batch, mutation, version);
    }
  }
  CHECK(batch.Put(kVersionKey, counter_bytes(static_cast<int64_t>(group.back().version))).ok());
  rocksdb::WriteOptions durable;
  durable.sync = true;
  const rocksdb::Status written = db_.Write(durable, &batch);
  if (!written.ok()) return fail(settle(written));
  // Not kept beyond its time: it would hold back what compaction may drop.
  SnapshotPtr old;
  const std::lock_guard lock(snapshot_mutex_);
  old = std::move(newest_);
  return {};
}

Error RocksBackend::settle(const rocksdb::Status& failure) {
  Error error = translate(failure);
  if (!stopped_) log::error("store: commits stop: {}", error.message);
  stopped_ = true;
  if (!database_->disk->cut_unsynced()) {
    error = {.code = "StoreUnknown", .message = "the disk failed during the commit (" + error.message + ")"};
  }
  return error;
}

Async<Version> RocksBackend::commit(Commit commit) {
  if (!commit.mutations.empty()) {
    Status room = space_.check(commit.size_bytes);
    if (!room && !takes_away(commit)) return refused(std::move(room).error());
  }
  return committer_.commit(std::move(commit));
}

Status RocksBackend::switch_memtable_if_large() {
  uint64_t bytes = 0;
  CHECK(db_.GetIntProperty(rocksdb::DB::Properties::kCurSizeActiveMemTable, &bytes));
  if (bytes < memtable_bytes_) return {};
  rocksdb::FlushOptions in_background;
  in_background.wait = false;
  in_background.allow_write_stall = true;
  const rocksdb::Status switched = db_.Flush(in_background);
  if (!switched.ok()) return fail(settle(switched));
  const Status begun = database_->begin_memtable(committer_.version());
  if (!begun) stopped_ = true;
  return begun;
}

// A new log is begun and what the old one holds is written to a table, so the cut log is not needed any more.
Status RocksBackend::resume_if_stopped() {
  if (!stopped_) return {};
  const rocksdb::Status resumed = db_.Resume();
  if (!resumed.ok()) return fail(translate(resumed));
  TRY_SYNC_VOID(database_->begin_memtable(committer_.version()));
  stopped_ = false;
  log::info("store: commits go on");
  return {};
}

}  // namespace hearth::store::rocks
