#include "delivery/row_work.h"

#include <algorithm>
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
      : store_(store), clock_(clock), work_(std::move(work)) {}

  size_t at_once() const { return work_.at_once; }

  // One row after the other.
  Task<void> lane() {
    store::Watch changes = store_.watch(work_.rows.bytes());
    for (;;) {
      auto key = co_await claim();
      if (!key) {
        log::error("{} cannot go on: {}", work_.what, key.error().message);
        co_await io::sleep_for(kPauseFirst);
      } else if (*key) {
        co_await do_one(**std::move(key));
      } else {
        co_await changes.changed(next_turn());
      }
    }
  }

 private:
  struct Trouble {
    int tries = 0;
    SteadyTime until;  // it has no turn before
  };

  // The first row that may have its turn.
  Async<std::optional<std::string>> claim() {
    // Among so many there is one, if there is one at all.
    const size_t rows_max = under_way_.size() + troubles_.size() + 1;
    auto list = [&](store::Transaction& tx) -> Async<store::Page> {
      co_return co_await tx.scan({.range = work_.rows.under(), .rows_max = rows_max});
    };
    TRY(const store::Page page, co_await store_.read(list));
    const SteadyTime now = clock_.steady_now();
    for (const store::Row& row : page.rows) {
      const auto trouble = troubles_.find(row.key);
      if (trouble != troubles_.end() && trouble->second.until > now) continue;
      if (under_way_.insert(row.key).second) co_return row.key;
    }
    co_return std::nullopt;
  }

  Task<void> do_one(std::string key) {
    const auto before = troubles_.find(key);
    const int tries = before == troubles_.end() ? 1 : before->second.tries + 1;
    const auto done = co_await work_.work(key, tries);
    under_way_.erase(key);
    if (done) {
      troubles_.erase(key);
      co_return;
    }
    const auto pause = std::min(kPauseFirst * (1 << std::min(tries - 1, kDoublingsMax)), kPauseMax);
    troubles_[key] = {.tries = tries, .until = clock_.steady_now() + pause};
    log::warn("{} is tried again in {} s: {}", work_.what, pause.count(), done.error().message);
  }

  std::optional<SteadyTime> next_turn() const {
    std::optional<SteadyTime> first;
    for (const auto& [key, trouble] : troubles_) {
      if (!under_way_.contains(key) && (!first || trouble.until < *first)) first = trouble.until;
    }
    return first;
  }

  store::Store& store_;
  const Clock& clock_;
  const RowWork work_;
  std::set<std::string> under_way_;
  std::map<std::string, Trouble> troubles_;  // of rows whose work failed
};

}  // namespace

Task<void> do_rows(store::Store& store, const Clock& clock, RowWork work) {
  Rows rows(store, clock, std::move(work));
  io::TaskScope lanes;
  for (size_t i = 1; i < rows.at_once(); ++i) lanes.spawn(rows.lane());
  co_await rows.lane();
}

}  // namespace hearth::delivery
