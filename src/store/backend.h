// What an engine must give so that a Store can stand on it. Buffering, reading one's own writes, retries,
// preconditions and leases are done once above it (transaction.cc, store.cc).
//
// Threads: every method on any loop; what is awaited resumes on the loop it was awaited on.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "store/store.h"
#include "store/tuple.h"
#include "store/watch.h"

namespace hearth::store {

// The place of a commit in the order of all commits; grows, also over restarts.
using Version = uint64_t;

// The state after all commits up to version() and possibly some later ones.
class Snapshot {
 public:
  explicit Snapshot(Version version) : version_(version) {}
  virtual ~Snapshot() = default;
  Version version() const { return version_; }

 private:
  Version version_;
};
// Shared by the transactions that began at the same version.
using SnapshotPtr = std::shared_ptr<const Snapshot>;

struct Mutation {
  enum class Kind : uint8_t { kPut, kErase, kEraseRange, kAdd, kPutStampedKey, kPutStampedValue };
  Kind kind;
  std::string key;    // the range's begin; the stamped key's prefix
  std::string value;  // the range's end; the stamped value's prefix
  std::string suffix = {};
  int64_t delta = 0;
  uint16_t order = 0;  // of the stamp
};

struct Commit {
  Version snapshot = 0;  // that of the reads
  std::vector<std::string> read_keys;
  std::vector<KeyRange> read_ranges;
  std::vector<Mutation> mutations;  // in order
  std::vector<KeyRange> write_conflicts;
  size_t size_bytes = 0;
  std::optional<SteadyTime> deadline;
  std::string idempotency_id;
};

// "StoreConflict". `where`: the key that was read, changed meanwhile, and would have been written; or
// nothing.
Error conflict_at(std::string where);

class Backend {
 public:
  virtual ~Backend() = default;

  // Shows every commit that was answered before this call.
  virtual SnapshotPtr snapshot() = 0;
  // The value if it is in memory; nothing if that takes a read from disk.
  virtual std::optional<Result<std::optional<std::string>>> get_in_memory(const Snapshot& snapshot,
                                                                          const std::string& key) = 0;
  virtual Async<std::vector<std::optional<std::string>>> multi_get(SnapshotPtr snapshot,
                                                                   std::vector<std::string> keys) = 0;
  virtual Async<Page> scan(SnapshotPtr snapshot, ScanOptions options) = 0;
  // The version that the commit has. Codes as in store.h.
  virtual Async<Version> commit(Commit commit) = 0;
  virtual WatchList& watches() = 0;
  virtual const Clock& clock() const = 0;
};

}  // namespace hearth::store
