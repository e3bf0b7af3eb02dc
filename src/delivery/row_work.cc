#include "delivery/row_work.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/log.h"
#include "io/task_scope.h"

namespace hearth::delivery {
namespace {

constexpr std::chrono::seconds kPauseFirst(1);
constexpr std::chrono::seconds kPauseMax(16);
constexpr int kDoublingsMax = 4;

class Rows {
 public:
  Rows(store::Store& store, const Clock& clock, RowWork work)
      : store_(store), clock_(clock), work_(std::move(work)), writes_(store.watch(work_.rows.bytes())) {}

  size_t at_once() const { return work_.at_once; }

  // One turn after the other.
  Task<void> lane() {
    store::Watch changes = store_.watch(work_.rows.bytes());
    for (;;) {
      auto key = co_await claim();
      if (!key) {
        log::error("{} cannot go on: {}", work_.what, key.error().message);
        co_await io::sleep_for(kPauseFirst);
      } else if (*key) {
        co_await take_turn(**std::move(key));
      } else {
        co_await changes.changed(next_turn());
      }
    }
  }

 private:
  struct Pause {
    int tries = 0;  // that failed
    SteadyTime until;
  };

  bool may(const std::string& key, SteadyTime now) const {
    const auto pause = paused_.find(key);
    return !under_way_.contains(key) && !asleep_.contains(key) &&
           (pause == paused_.end() || pause->second.until <= now);
  }

  // The first row behind the last one that had a turn, or the first of all, that may have one.
  Async<std::optional<std::string>> claim() {
    // Among so many there is one, if there is one at all.
    const size_t rows_max = under_way_.size() + asleep_.size() + paused_.size() + 1;
    const store::KeyRange all = work_.rows.under();
    auto list = [&](store::Transaction& tx) -> Async<std::vector<store::Row>> {
      TRY(store::Page page,
          co_await tx.scan({.range = {std::max(all.begin, last_), all.end}, .rows_max = rows_max}));
      TRY(store::Page first, co_await tx.scan({.range = all, .rows_max = rows_max}));
      std::ranges::move(first.rows, std::back_inserter(page.rows));
      co_return std::move(page.rows);
    };
    TRY(const auto rows, co_await store_.read(list));
    if (std::exchange(seen_, writes_.count()) != writes_.count()) asleep_.clear();
    const SteadyTime now = clock_.steady_now();
    const auto row = std::ranges::find_if(rows, [&](const store::Row& one) { return may(one.key, now); });
    if (row == rows.end()) co_return std::nullopt;
    under_way_.insert(row->key);
    last_ = store::key_after(row->key);
    co_return row->key;
  }

  Task<void> take_turn(std::string key) {
    const uint64_t begun = writes_.count();
    const auto pause = paused_.find(key);
    const int tries = pause == paused_.end() ? 1 : pause->second.tries + 1;
    const auto progress = co_await work_.work(key, tries);
    under_way_.erase(key);
    paused_.erase(key);
    if (!progress) {
      const auto length = std::min(kPauseFirst * (1 << std::min(tries - 1, kDoublingsMax)), kPauseMax);
      paused_[key] = {.tries = tries, .until = clock_.steady_now() + length};
      log::warn("{} is tried again in {} s: {}", work_.what, length.count(), progress.error().message);
    } else if (*progress == Progress::kLater) {
      paused_[key] = {.until = clock_.steady_now() + kPauseFirst};
    } else if (*progress == Progress::kDone && begun == writes_.count() && begun == seen_) {
      asleep_.insert(key);
    }
  }

  std::optional<SteadyTime> next_turn() const {
    std::optional<SteadyTime> first;
    for (const auto& [key, pause] : paused_) {
      if (!under_way_.contains(key) && (!first || pause.until < *first)) first = pause.until;
    }
    return first;
  }

  store::Store& store_;
  const Clock& clock_;
  const RowWork work_;
  store::Watch writes_;  // only counted
  uint64_t seen_ = 0;    // so many writes the last claim knew of
  std::string last_;     // behind the row that had its turn last
  std::set<std::string> under_way_;
  std::set<std::string> asleep_;  // they are done, though they are there, until a row is written
  std::map<std::string, Pause> paused_;
};

}  // namespace

Task<void> do_rows(store::Store& store, const Clock& clock, RowWork work) {
  Rows rows(store, clock, std::move(work));
  io::TaskScope lanes;
  for (size_t i = 1; i < rows.at_once(); ++i) lanes.spawn(rows.lane());
  co_await rows.lane();
}

}  // namespace hearth::delivery
