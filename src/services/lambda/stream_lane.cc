#include "services/lambda/stream_lane.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/log.h"
#include "services/lambda/stream_failure.h"

namespace hearth::services::lambda {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kEventBytesMax = size_t{6} * 1024 * 1024;
constexpr size_t kEventBytesAround = 4096;  // of an event beside its records and state
constexpr size_t kStateBytesMax = size_t{1024} * 1024;
constexpr size_t kReadBytes = size_t{2} * 1024 * 1024;
// A watch may forget to tell (store/watch.h).
constexpr milliseconds kReadAgain(1000);
// So long after a window's end a record of it may still become visible.
constexpr milliseconds kWindowGrace(500);
// How far a lane came that had nothing to invoke for is written so often.
constexpr milliseconds kSettleTime(5000);
constexpr milliseconds kPauseFirst(100);
constexpr milliseconds kPauseMax(30'000);

}  // namespace

struct StreamLane::Gathered {
  std::vector<delivery::StreamRecord> records;
  size_t bytes = 0;
  std::string position;                  // behind all that was looked at
  SteadyTime until = SteadyTime::max();  // takes no more from then on
  bool full = false;                     // takes no more
  bool caught_up = false;
  bool ended = false;
};

// While one is there, stop() waits.
class StreamLane::Working {
 public:
  explicit Working(StreamLane& lane) : lane_(lane) { lane_.working_ = true; }
  ~Working() { lane_.working_ = false; }
  Working(const Working&) = delete;

 private:
  StreamLane& lane_;
};

StreamLane::StreamLane(StreamWork& work, std::string shard, uint64_t number, LaneRecord record)
    : work_(work),
      shard_(std::move(shard)),
      number_(number),
      record_(std::move(record)),
      next_(record_.position) {
  const seconds length(work_.mapping.tumbling_seconds);
  if (record_.window_begin && length > seconds(0)) {
    window_ = {.begin = *record_.window_begin, .length = length, .state = record_.window_state};
  }
}

void StreamLane::start(std::function<void()> at_end) {
  running_.spawn(run(std::move(at_end)));
}

void StreamLane::stop() {
  stopping_ = true;
  if (!working_) running_.cancel();
}

bool StreamLane::wants(std::string_view key) const {
  if (record_.lanes <= 1) return true;
  const std::string hash = md5(key);
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof(number); ++i) number = number << 8 | static_cast<uint8_t>(hash[i]);
  return number % record_.lanes == number_;
}

bool StreamLane::passes_filters(const delivery::StreamRecord& record) const {
  if (work_.filters.empty()) return true;
  const json::value seen = work_.source.seen_by_filters(record);
  return std::ranges::any_of(work_.filters,
                             [&](const delivery::Pattern& pattern) { return pattern.matches(seen); });
}

Task<void> StreamLane::trouble(std::string_view what, const Error& error) {
  if (pause_ == milliseconds(0)) {
    log::warn("{} {} for {}: {}: {}", work_.mapping.source_arn, shard_, work_.mapping.function_arn, what,
              error.message);
  }
  pause_ = std::clamp(pause_ * 2, kPauseFirst, kPauseMax);
  co_await io::sleep_for(pause_);
}

Task<void> StreamLane::run(std::function<void()> at_end) {
  while (!stopping_ && !record_.ended) {
    const auto stepped = co_await step();
    if (stepped) continue;
    // Another has the lease: its pollers go on.
    if (stepped.error().code == "StoreFenced") break;
    co_await trouble("it waits", stepped.error());
  }
  at_end();
}

Async<void> StreamLane::step() {
  TRY(role_, co_await work_.ready());
  TRY(Gathered gathered, co_await gather());
  // A window ends before the first record of the next is handled.
  if (window_ && gathered.records.empty() && (gathered.ended || window_is_over(gathered.caught_up))) {
    TRY_VOID(co_await close_window(false));
    if (stopping_) co_return {};
  }
  co_return co_await handle(std::move(gathered));
}

bool StreamLane::window_is_over(bool caught_up) const {
  return window_ && (!caught_up || work_.clock.now() >= window_->end() + kWindowGrace);
}

Async<StreamLane::Gathered> StreamLane::gather() {
  TRY(store::Watch watch, co_await work_.source.watch(work_.mapping.source_arn, shard_));
  Gathered gathered{.position = next_};
  for (;;) {
    TRY_VOID(co_await take(gathered));
    const SteadyTime now = work_.clock.steady_now();
    if (gathered.full || gathered.ended || now >= gathered.until) break;
    if (!gathered.caught_up) continue;
    // With nothing to handle there may be something to do yet.
    if (gathered.records.empty()) {
      if (window_is_over(true)) break;
      if (gathered.position != record_.position && now >= settled_at_ + kSettleTime) break;
    }
    // All that is there was taken: the next comes with a commit.
    co_await watch.changed(std::min(gathered.until, now + kReadAgain));
  }
  co_return gathered;
}

Async<void> StreamLane::take(Gathered& gathered) {
  const size_t room = static_cast<size_t>(work_.mapping.batch_size) - gathered.records.size();
  auto page = co_await work_.source.read({.arn = work_.mapping.source_arn,
                                          .shard = shard_,
                                          .position = gathered.position,
                                          .records_max = room,
                                          .bytes_max = kReadBytes,
                                          .wants = record_.lanes > 1
                                                       ? [this](std::string_view key) { return wants(key); }
                                                       : std::function<bool(std::string_view)>(),
                                          .reader_role = role_});
  if (!page) co_return std::unexpected(std::move(page).error());
  pause_ = milliseconds(0);
  const size_t bytes_max = kEventBytesMax - kEventBytesAround - (window_ ? window_->state.size() : 0);
  const seconds tumbling(work_.mapping.tumbling_seconds);
  for (delivery::StreamRecord& record : page->records) {
    if (passes_filters(record)) {
      if (tumbling > seconds(0)) {
        if (!window_) window_ = StreamWindow::around(record.arrived, tumbling);
        gathered.full = !window_->has(record.arrived);
      }
      const size_t bytes = to_text(record.event).size() + 1;
      gathered.full = gathered.full || (!gathered.records.empty() && gathered.bytes + bytes > bytes_max);
      if (gathered.full) {  // it is read again, for the next batch
        gathered.caught_up = false;
        co_return {};
      }
      if (gathered.records.empty()) {
        gathered.until = work_.clock.steady_now() + seconds(work_.mapping.window_seconds);
      }
      gathered.bytes += bytes;
      gathered.position = record.sequence_number;
      gathered.records.push_back(std::move(record));
    } else {
      gathered.position = record.sequence_number;
    }
  }
  gathered.position = page->position;
  gathered.ended = page->ended;
  gathered.caught_up = !page->more;
  gathered.full = std::cmp_greater_equal(gathered.records.size(), work_.mapping.batch_size);
  co_return {};
}

Async<void> StreamLane::handle(Gathered gathered) {
  StreamBatch batch(std::move(gathered.records), {.retries_max = work_.mapping.retries_max,
                                                  .age_seconds_max = work_.mapping.age_seconds_max,
                                                  .bisects = work_.mapping.bisects});
  const bool handled = !batch.done();
  const seconds tumbling(work_.mapping.tumbling_seconds);
  last_outcome_.reset();
  while (!batch.done()) {
    if (const auto old = batch.give_up_old(work_.clock.now())) {
      record_.position = batch.last_over()->sequence_number;
      TRY_VOID(co_await settle(give_up(*old), kFunctionFails));
      continue;
    }
    if (tumbling > seconds(0) && !window_)
      window_ = StreamWindow::around(batch.piece().front().arrived, tumbling);
    TRY_VOID(co_await try_piece(batch));
    if (std::exchange(early_, false)) TRY_VOID(co_await close_window(true));
    if (stopping_) co_return {};
  }
  next_ = gathered.position;
  const bool moved = record_.position != next_;
  record_.position = next_;
  if (gathered.ended && window_) {
    TRY_VOID(co_await close_window(false));
    if (window_) co_return {};  // it was stopped
  }
  record_.ended = gathered.ended;
  // Behind records that nobody wanted it is written now and then only.
  if (record_.ended || (moved && !handled && work_.clock.steady_now() >= settled_at_ + kSettleTime)) {
    co_return co_await settle({}, {});
  }
  co_return {};
}

Async<void> StreamLane::try_piece(StreamBatch& batch) {
  const StreamBatch::Records piece = batch.piece();
  const delivery::StreamRecord* const over_before = batch.last_over();
  std::optional<Working> working(*this);
  last_request_ = work_.random.uuid();
  const std::string payload =
      window_
          ? stream_event(piece, {.window = *window_, .shard = shard_, .source_arn = work_.mapping.source_arn})
          : stream_event(piece);
  auto outcome = co_await work_.invoke(last_request_, payload);
  if (!outcome) {
    working.reset();
    if (!stopping_) co_await trouble("the function cannot be invoked", outcome.error());
    co_return {};
  }
  last_outcome_ = *std::move(outcome);
  size_t first = 0;
  if (!last_outcome_->function_error) {
    first = work_.mapping.reports_failures ? first_failure(last_outcome_->payload, piece) : piece.size();
    if (first > 0) early_ = take_state(*last_outcome_);
  }
  std::vector<delivery::Delivery> failures;
  const bool all = first == piece.size();
  if (all) {
    batch.succeeded();
  } else if (const auto given_up = batch.failed(first)) {
    failures = give_up(*given_up);
  }
  const bool moved = batch.last_over() != over_before;
  if (moved) {
    pause_ = milliseconds(0);
    record_.position = batch.last_over()->sequence_number;
    TRY_VOID(co_await settle(std::move(failures), all ? kGoesWell : kFunctionFails));
  }
  working.reset();
  if (moved || stopping_) co_return {};
  if (pause_ == milliseconds(0)) TRY_VOID(co_await settle({}, kFunctionFails));
  co_await trouble("the function failed", {"FunctionError", last_outcome_->error_type});
  co_return {};
}

bool StreamLane::take_state(const execution::Outcome& outcome) {
  if (!window_) return false;
  window_->state = state_in(outcome.payload);
  return window_->state.size() > kStateBytesMax;
}

// Tried like a batch; when it is given up, the state goes.
Async<void> StreamLane::close_window(bool early) {
  const WindowEvent event{.window = *window_,
                          .shard = shard_,
                          .source_arn = work_.mapping.source_arn,
                          .is_final = true,
                          .is_early = early};
  for (int64_t tries = 0; !stopping_;) {
    std::optional<Working> working(*this);
    auto outcome = co_await work_.invoke(work_.random.uuid(), stream_event({}, event));
    const bool failed = outcome && outcome->function_error;
    if (failed) ++tries;
    const bool exhausted = failed && work_.mapping.retries_max >= 0 && tries > work_.mapping.retries_max;
    if (exhausted) {
      log::warn("the state of a window of {} {} for {} is given up", work_.mapping.source_arn, shard_,
                work_.mapping.function_arn);
    }
    if ((outcome && !failed) || exhausted) {
      window_.reset();
      co_return co_await settle({}, exhausted ? kFunctionFails : kGoesWell);
    }
    working.reset();
    if (stopping_) co_return {};
    co_await trouble("the end of a window cannot be told",
                     outcome ? Error{"FunctionError", outcome->error_type} : outcome.error());
  }
  co_return {};
}

Async<void> StreamLane::settle(std::vector<delivery::Delivery> failures, std::string_view result) {
  record_.window_begin.reset();
  record_.window_state.clear();
  if (window_) {
    record_.window_begin = window_->begin;
    record_.window_state = window_->state;
  }
  auto body = [&](store::Transaction& tx) -> Async<void> {
    work_.fence(tx);
    lanes_of(tx, work_.ref.uuid).put(store::Key(shard_, number_), record_);
    if (!result.empty()) tx.put(result_key(work_.ref.uuid), std::string(result));
    for (const delivery::Delivery& failure : failures) work_.tell(tx, failure);
    co_return {};
  };
  // What is over is over: it stays here until the store has it.
  for (;;) {
    const Status settled = co_await work_.store.transact(body);
    if (settled) break;
    if (settled.error().code == "StoreFenced") co_return settled.error();
    co_await trouble("how far it has come cannot be written", settled.error());
  }
  settled_at_ = work_.clock.steady_now();
  co_return {};
}

std::vector<delivery::Delivery> StreamLane::give_up(const StreamBatch::GivenUp& given_up) const {
  log::info("{} records of {} {} are given up for {}: {}", given_up.records.size(), work_.mapping.source_arn,
            shard_, work_.mapping.function_arn, given_up.condition);
  if (work_.mapping.on_failure.empty()) return {};
  const bool ran = given_up.tries > 0;
  std::vector<delivery::Delivery> deliveries;
  deliveries.push_back(failure_delivery({.function = work_.function,
                                         .role_arn = role_,
                                         .mapping = work_.ref.uuid,
                                         .stream_arn = work_.mapping.source_arn,
                                         .shard = shard_,
                                         .traits = work_.source.traits(),
                                         .given_up = given_up,
                                         .request_id = ran ? last_request_ : work_.random.uuid(),
                                         .outcome = ran ? last_outcome_ : std::nullopt},
                                        work_.mapping.on_failure, work_.clock.now(), work_.random.uuid()));
  return deliveries;
}

}  // namespace hearth::services::lambda
