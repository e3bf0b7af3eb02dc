// Orders the commits of a back end that lies in this process: one at a time checks what was read, all that
// wait are written as one group with one sync, then everyone is answered. While a group is being synced the
// next one gathers.
//
// Threads: commit() on any loop; the groups are written on a thread of its own.
#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "io/thread_pool.h"
#include "store/backend.h"
#include "store/conflict_index.h"

namespace hearth::store {

struct NumberedCommit {
  const Commit* commit;
  Version version;
};

class GroupWriter {
 public:
  virtual ~GroupWriter() = default;
  // Writes all or nothing, durably, visible to snapshots made afterwards. An error is everyone's answer:
  // nothing of the group is or will be there, unless its code is "StoreUnknown".
  virtual Status write(std::span<const NumberedCommit> group) = 0;
};

class Committer {
 public:
  static constexpr size_t kQueueMax = 16'384;
  static constexpr size_t kQueueBytesMax = 64 * 1024 * 1024;
  static constexpr size_t kGroupMax = 1024;
  static constexpr size_t kGroupBytesMax = 16 * 1024 * 1024;

  // `version`: of the last commit there is.
  Committer(GroupWriter& writer, Version version, const Clock& clock);
  ~Committer();  // writes what is queued

  // The version it was given.
  Async<Version> commit(Commit commit);
  // All commits up to this one are visible.
  Version version() const { return version_.load(); }
  WatchList& watches() { return *watches_; }

 private:
  struct Pending;
  struct Awaiter;
  // Shared by the waiting coroutine and the committing thread: either may be gone first.
  using PendingPtr = std::shared_ptr<Pending>;
  using Group = std::vector<PendingPtr>;

  bool enqueue(const PendingPtr& pending);
  Group next_group();
  void drain();
  void process(Group& group);
  void answer(const Group& group);
  void tell_watches(std::span<const NumberedCommit> written);

  GroupWriter& writer_;
  const Clock& clock_;
  const std::shared_ptr<WatchList> watches_;  // shared with the watches, which may outlive this
  std::atomic<Version> version_;
  Version last_given_;  // versions of failed groups are not used again
  ConflictIndex index_;

  std::mutex mutex_;
  std::deque<PendingPtr> queue_;
  size_t queue_bytes_ = 0;
  bool draining_ = false;
  io::ThreadPool thread_;  // last: it ends before what it uses
};

}  // namespace hearth::store
