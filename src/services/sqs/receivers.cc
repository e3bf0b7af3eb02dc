#include "services/sqs/receivers.h"

#include <deque>
#include <list>
#include <map>

#include "io/future.h"
#include "io/task_scope.h"
#include "io/timeout.h"
#include "services/sqs/batch.h"

namespace hearth::services::sqs {
namespace {

using std::chrono::microseconds;

// Of one transaction.
constexpr size_t kReceiversMax = 64;
// How long a line is kept that nobody stands in.
constexpr std::chrono::seconds kLinger(5);
// A message may be committed later than the moment from which on it may be received; mostly by no more than
// this. What comes still later is found by looking at everything now and then, as long as anything comes.
constexpr std::chrono::milliseconds kCommitTime(500);
constexpr std::chrono::seconds kBetweenWholeLooks(2);
constexpr std::chrono::seconds kAfterFailure(1);

struct Receiver {
  Want want;
  SteadyTime deadline;
  bool waits = false;
  io::Promise<Result<Received>> answer;
};

}  // namespace

// `waiting_`, `deadlines_` and what follows are the attendant's.
class Receivers::Line {
 public:
  Line(Receivers& owner, std::string name, QueueRef ref, uint64_t queue_id)
      : owner_(owner), name_(std::move(name)), ref_(std::move(ref)), queue_id_(queue_id) {}

  // REQUIRES the owner's mutex for join().
  void join(Receiver receiver) { arrived_.push_back(std::move(receiver)); }

  void ring() {
    std::optional<io::Promise<bool>> wake;
    {
      const std::lock_guard lock(bell_mutex_);
      rung_ = true;
      wake = std::exchange(sleeper_, std::nullopt);
    }
    if (wake) wake->set(true);
  }

  static Task<void> attend(LinePtr line) { co_await line->run(); }

 private:
  using Waiting = std::list<Receiver>;

  Task<void> run() {
    store::Watch watch = owner_.parts_.store.watch(count_key(QueueRecord{.id = queue_id_}, "in"));
    io::TaskScope scope;
    scope.spawn(listen(watch));
    SteadyTime used = now();
    for (;;) {
      const bool rung = take_bell();
      std::deque<Receiver> fresh = take_arrived();
      unsure_ = unsure_ || rung;
      const bool due = (next_ && *next_ <= now()) || (unsure_ && looked_ + kBetweenWholeLooks <= now());
      if (!fresh.empty()) used = now();
      if (!fresh.empty() || (!waiting_.empty() && (rung || due))) {
        next_.reset();
        co_await serve(std::move(fresh));
      }
      send_home();
      if (!waiting_.empty()) used = now();
      if (now() - used > kLinger && leave()) co_return;
      co_await rest(used);
    }
  }

  Task<void> listen(store::Watch& watch) {
    for (;;) {
      co_await watch.changed();
      ring();
    }
  }

  SteadyTime now() const { return owner_.parts_.clock.steady_now(); }

  bool take_bell() {
    const std::lock_guard lock(bell_mutex_);
    return std::exchange(rung_, false);
  }
  std::deque<Receiver> take_arrived() {
    const std::lock_guard lock(owner_.mutex_);
    return std::exchange(arrived_, {});
  }
  // Gives the line up unless somebody has come.
  bool leave() {
    const std::lock_guard lock(owner_.mutex_);
    if (!arrived_.empty()) return false;
    owner_.lines_.erase(name_);
    return true;
  }

  // Claims until nobody is left who wants something or nothing is left to be had.
  Task<void> serve(std::deque<Receiver> fresh) {
    while (!waiting_.empty() || !fresh.empty()) {
      std::vector<Want> wants;
      for (const Receiver& each : waiting_) {
        if (wants.size() == kReceiversMax) break;
        wants.push_back(each.want);
      }
      for (const Receiver& each : fresh) {
        if (wants.size() == kReceiversMax) break;
        wants.push_back(each.want);
      }
      Result<Claims> claims = co_await claim(std::move(wants));
      if (claims && claims->queue.id != queue_id_) claims = fail(errors::no_such_queue());
      if (!claims) {
        refuse(fresh, claims.error());
        co_return;
      }
      hand_over(*claims, fresh);
      if (!claims->exhausted) continue;
      for (Receiver& each : fresh) {
        if (each.waits) {
          wait(std::move(each));
        } else {
          each.answer.set(Received{});
        }
      }
      if (claims->next_us) {
        const int64_t left_us = *claims->next_us - now_us(owner_.parts_.clock);
        next_ = now() + microseconds(std::max<int64_t>(left_us, 0));
      }
      co_return;
    }
  }

  // Standard queues refuse to have more in flight than they may, FIFO queues give nothing then. It is counted
  // when it may have come so far.
  Async<Claims> claim(std::vector<Want> wants) {
    size_t wanted = 0;
    for (const Want& want : wants) wanted += want.count;
    if (in_flight_max_ + wanted > limits::kInFlightMax) {
      auto count = [&](store::Transaction& tx) -> Async<Claims> {
        TRY(const QueueRecord queue, co_await require_queue(tx, ref_));
        TRY(const Unavailable found, co_await count_unavailable(tx, queue, now_us(owner_.parts_.clock)));
        in_flight_max_ = found.in_flight;
        if (found.in_flight < limits::kInFlightMax) co_return Claims{};
        if (!queue.fifo) co_return errors::too_many_in_flight();
        const int64_t again_us = now_us(owner_.parts_.clock) + kSecondUs;
        co_return Claims{.queue = queue,
                         .of_want = std::vector<std::vector<Claim>>(wants.size()),
                         .exhausted = true,
                         .next_us = again_us};
      };
      TRY(Claims full, co_await owner_.parts_.store.read(count));
      if (full.exhausted) co_return full;
    }
    const bool whole = looked_ + kBetweenWholeLooks <= now();
    const int64_t begun_us = now_us(owner_.parts_.clock);
    if (whole) {
      looked_ = now();
      unsure_ = false;
    }
    TRY(Claims claims, co_await owner_.claimer_.claim(ref_, std::move(wants), whole ? 0 : from_us_));
    in_flight_max_ += claims.count;
    from_us_ = std::min(claims.first_us.value_or(begun_us), begun_us - microseconds(kCommitTime).count());
    co_return claims;
  }

  // Those at the head of the line got what was claimed for them, in its order.
  void hand_over(Claims& claims, std::deque<Receiver>& fresh) {
    size_t at = 0;
    const auto give = [&](Receiver& receiver, std::vector<Claim>& given) {
      if (given.empty()) return false;
      receiver.answer.set(Received{.contents = claims.queue.contents, .claims = std::move(given)});
      return true;
    };
    for (auto each = waiting_.begin(); each != waiting_.end() && at < claims.of_want.size(); ++at) {
      const auto next = std::next(each);
      if (give(*each, claims.of_want[at])) forget(each);
      each = next;
    }
    std::deque<Receiver> left;
    for (Receiver& each : fresh) {
      if (at == claims.of_want.size() || !give(each, claims.of_want[at++])) left.push_back(std::move(each));
    }
    fresh = std::move(left);
  }

  // What is wrong with the queue ends every wait; who waits outlives what is wrong with the store for now.
  void refuse(std::deque<Receiver>& fresh, const Error& error) {
    for (Receiver& each : fresh) each.answer.set(fail(error));
    if (!fails_alone(error)) {
      next_ = now() + kAfterFailure;
      return;
    }
    for (Receiver& each : waiting_) each.answer.set(fail(error));
    waiting_.clear();
    deadlines_.clear();
  }

  void wait(Receiver receiver) {
    const SteadyTime deadline = receiver.deadline;
    waiting_.push_back(std::move(receiver));
    deadlines_.emplace(deadline, std::prev(waiting_.end()));
  }
  void forget(Waiting::iterator receiver) {
    auto [begin, end] = deadlines_.equal_range(receiver->deadline);
    deadlines_.erase(std::find_if(begin, end, [&](const auto& each) { return each.second == receiver; }));
    waiting_.erase(receiver);
  }
  // Who has waited long enough goes with empty hands.
  void send_home() {
    const bool all = owner_.is_stopped();
    while (!deadlines_.empty() && (all || deadlines_.begin()->first <= now())) {
      const auto receiver = deadlines_.begin()->second;
      receiver->answer.set(Received{});
      deadlines_.erase(deadlines_.begin());
      waiting_.erase(receiver);
    }
  }

  Task<void> rest(SteadyTime used) {
    SteadyTime until = used + kLinger + std::chrono::milliseconds(1);
    if (!waiting_.empty()) {
      until = deadlines_.begin()->first;
      if (next_) until = std::min(until, *next_);
      if (unsure_) until = std::min(until, looked_ + kBetweenWholeLooks);
    }
    io::Future<bool> rung;
    {
      const std::lock_guard lock(bell_mutex_);
      if (rung_) co_return;
      sleeper_ = rung.promise();
    }
    auto wait = [](io::Future<bool> bell) -> Task<bool> { co_return co_await bell; };
    co_await io::with_timeout(wait(std::move(rung)), until - now());
  }

  Receivers& owner_;
  const std::string name_;
  const QueueRef ref_;
  const uint64_t queue_id_;
  std::deque<Receiver> arrived_;  // under the owner's mutex

  std::mutex bell_mutex_;
  bool rung_ = false;
  std::optional<io::Promise<bool>> sleeper_;

  Waiting waiting_;
  std::multimap<SteadyTime, Waiting::iterator> deadlines_;
  int64_t from_us_ = 0;             // nothing older is known to be left
  SteadyTime looked_;               // when all was last looked at
  bool unsure_ = false;             // something came since
  size_t in_flight_max_ = 0;        // there are no more than these
  std::optional<SteadyTime> next_;  // when a message is known to be available
};

Receivers::Receivers(Parts parts) : parts_(parts), claimer_(parts) {}
Receivers::~Receivers() = default;

Async<Received> Receivers::receive(const QueueRef& ref, uint64_t queue_id, Want want,
                                   std::chrono::seconds wait) {
  io::Future<Result<Received>> answer;
  join(ref, queue_id, want, wait, answer.promise());
  return received(std::move(answer));
}

Async<Received> Receivers::received(io::Future<Result<Received>> answer) {
  co_return co_await answer;
}

void Receivers::join(const QueueRef& ref, uint64_t queue_id, Want want, std::chrono::seconds wait,
                     io::Promise<Result<Received>> answer) {
  const std::string name = fmt::format("{}/{}", ref.arn(), queue_id);
  LinePtr line;
  bool made = false;
  {
    const std::lock_guard lock(mutex_);
    LinePtr& place = lines_[name];
    made = place == nullptr;
    if (made) place = std::make_shared<Line>(*this, name, ref, queue_id);
    line = place;
    line->join({.want = want,
                .deadline = parts_.clock.steady_now() + wait,
                .waits = wait.count() > 0 && !stopped_,
                .answer = std::move(answer)});
  }
  if (made) {
    io::Loop::here().visitors().spawn(Line::attend(line));
  } else {
    line->ring();
  }
}

bool Receivers::is_stopped() {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void Receivers::stop() {
  std::vector<LinePtr> lines;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [name, line] : lines_) lines.push_back(line);
  }
  for (const LinePtr& line : lines) line->ring();
}

}  // namespace hearth::services::sqs
