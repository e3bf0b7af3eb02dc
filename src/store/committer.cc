#include "store/committer.h"

#include <algorithm>
#include <unordered_map>

#include "base/check.h"
#include "io/loop.h"

namespace hearth::store {

namespace {

constexpr std::chrono::milliseconds kDiskGrace{500};

bool is_written(const Commit& commit, const std::string& key) {
  return std::ranges::any_of(commit.mutations, [&](const Mutation& mutation) { return mutation.key == key; });
}

}  // namespace

// A commit on its way. Shared by the waiting coroutine and the committing thread, because either may be gone
// first. `waiting` and `loop` belong to the loop; `outcome` is written before the loop is told.
struct Committer::Pending {
  enum class Stage { kQueued, kTaken, kWithdrawn };
  Commit commit;
  std::atomic<Stage> stage = Stage::kQueued;
  io::Loop* loop = nullptr;
  std::coroutine_handle<> waiting;
  Result<Version> outcome;

  // Whoever moves it away from kQueued decides whether it happens.
  bool move_to(Stage next) {
    Stage expected = Stage::kQueued;
    return stage.compare_exchange_strong(expected, next);
  }
};

struct Committer::Awaiter {
  Committer& committer;
  PendingPtr pending;
  io::Timer timer;

  Awaiter(Committer& owner, Commit commit) : committer(owner), pending(std::make_shared<Pending>()) {
    pending->commit = std::move(commit);
  }
  Awaiter(const Awaiter&) = delete;
  ~Awaiter() {
    pending->waiting = {};
    pending->move_to(Pending::Stage::kWithdrawn);
  }

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) {
    io::Loop& loop = io::Loop::here();
    pending->loop = &loop;
    pending->waiting = waiting;
    if (!committer.enqueue(pending)) {
      pending->outcome = fail("StoreBusy", "too many commits are waiting for the disk");
      return false;
    }
    if (pending->commit.deadline) timer.arm(loop, *pending->commit.deadline, [this] { late(); });
    return true;
  }
  Result<Version> await_resume() { return std::move(pending->outcome); }

  // Withdrawn, it did not happen. Otherwise the disk has it, and is given a little longer to tell how it
  // went.
  void late() {
    if (pending->move_to(Pending::Stage::kWithdrawn)) {
      give_up(fail("StoreDeadline", "the commit did not start in time"));
    } else {
      timer.arm(*pending->loop, *pending->commit.deadline + kDiskGrace,
                [this] { give_up(fail("StoreUnknown", "the disk did not confirm the commit in time")); });
    }
  }
  void give_up(Result<Version> outcome) {
    const auto waiting = std::exchange(pending->waiting, {});
    if (!waiting) return;
    // The committing thread may yet write to the shared outcome, so the waiter goes on with another.
    pending = std::make_shared<Pending>();
    pending->outcome = std::move(outcome);
    waiting.resume();
  }
};

Committer::Committer(GroupWriter& writer, Version version, const Clock& clock)
    : writer_(writer),
      clock_(clock),
      watches_(std::make_shared<WatchList>()),
      version_(version),
      last_given_(version),
      index_(version),
      thread_(1) {}

Committer::~Committer() = default;

Async<Version> Committer::commit(Commit commit) {
  if (commit.deadline && *commit.deadline <= clock_.steady_now()) {
    co_return fail("StoreDeadline", "the time was up before the commit");
  }
  Awaiter awaiter(*this, std::move(commit));
  co_return co_await awaiter;
}

bool Committer::enqueue(const PendingPtr& pending) {
  const std::lock_guard lock(mutex_);
  if (queue_.size() >= kQueueMax || queue_bytes_ + pending->commit.size_bytes > kQueueBytesMax) return false;
  queue_bytes_ += pending->commit.size_bytes;
  queue_.push_back(pending);
  if (!std::exchange(draining_, true)) thread_.post([this] { drain(); });
  return true;
}

void Committer::drain() {
  for (Group group = next_group(); !group.empty(); group = next_group()) process(group);
}

// Everything that waits, within the limits of a group. Empty ends the draining.
Committer::Group Committer::next_group() {
  const std::lock_guard lock(mutex_);
  Group group;
  size_t bytes = 0;
  while (!queue_.empty() && group.size() < kGroupMax && (group.empty() || bytes < kGroupBytesMax)) {
    bytes += queue_.front()->commit.size_bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_bytes_ -= bytes;
  draining_ = !group.empty();
  return group;
}

void Committer::process(Group& group) {
  std::erase_if(group, [](const auto& pending) { return !pending->move_to(Pending::Stage::kTaken); });
  std::vector<NumberedCommit> writes;
  Group writers;
  const SteadyTime now = clock_.steady_now();
  for (const auto& pending : group) {
    const Commit& commit = pending->commit;
    std::string where;
    if (commit.deadline && *commit.deadline <= now) {
      pending->outcome = fail("StoreDeadline", "the commit did not start in time");
    } else if (index_.conflicts(commit, where)) {
      if (!is_written(commit, where)) where.clear();
      pending->outcome = fail(conflict_at(std::move(where)));
    } else {
      index_.add(commit, ++last_given_);
      writes.push_back({&commit, last_given_});
      writers.push_back(pending);
    }
  }
  if (!writes.empty()) {
    const Status written = writer_.write(writes);
    if (written) version_.store(last_given_);
    for (size_t i = 0; i < writers.size(); ++i) {
      if (written) {
        writers[i]->outcome = writes[i].version;
      } else {
        writers[i]->outcome = std::unexpected(written.error());
      }
    }
    if (written) tell_watches(writes);
  }
  // Conflicts are answered with the rest: a retry before the group is visible would conflict with it again.
  answer(group);
}

// One wake-up a loop, however many of its commits are done.
void Committer::answer(const Group& group) {
  std::unordered_map<io::Loop*, Group> by_loop;
  for (const auto& pending : group) by_loop[pending->loop].push_back(pending);
  for (auto& [loop, done] : by_loop) {
    loop->post([done = std::move(done)] {
      for (const auto& pending : done) {
        if (const auto waiting = std::exchange(pending->waiting, {})) waiting.resume();
      }
    });
  }
}

void Committer::tell_watches(std::span<const NumberedCommit> written) {
  for (const NumberedCommit& numbered : written) {
    for (const Mutation& mutation : numbered.commit->mutations) {
      if (mutation.kind == Mutation::Kind::kEraseRange) {
        watches_->range_changed(mutation.key, mutation.value);
      } else {
        watches_->key_changed(mutation.key);
      }
    }
  }
}

}  // namespace hearth::store
