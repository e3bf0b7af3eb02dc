#include "delivery/queue.h"

#include <algorithm>

#include "base/check.h"
#include "base/log.h"
#include "store/record.h"

namespace hearth::delivery {
namespace {

constexpr size_t kScanRows = 64;
constexpr size_t kTurnMax = 16;        // messages of a lane before the next lane has its turn
constexpr size_t kLookAheadMax = 256;  // messages of a lane that wait for their order before others are tried
constexpr std::chrono::milliseconds kPollTime(1000);

bool is_of_store(const Error& error) {
  return error.code.starts_with("Store");
}

}  // namespace

struct Queue::Record {
  std::string header;
  std::string body_id;  // empty: an empty body
  std::string group;
  std::string lane;
  std::string order;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.header);
    visit(2, self.body_id);
    visit(3, self.group);
    visit(4, self.lane);
    visit(5, self.order);
  }
};

Queue::Queue(store::Store& store, const Clock& clock, Random& random, std::string name, QueueLimits limits)
    : store_(store),
      clock_(clock),
      random_(random),
      limits_(limits),
      all_("queue", name),
      ready_("queue", name, "ready"),
      later_("queue", name, "later"),
      bodies_("queue", name, "body") {}

void Queue::enqueue(store::Transaction& tx, const Message& message, TimePoint due) {
  CHECK(message.body.size() <= kBodyBytesMax);
  Record record{.header = message.header,
                .group = message.lane.group,
                .lane = message.lane.name,
                .order = message.order};
  if (!message.body.empty()) {
    record.body_id = random_.hex(32);
    tx.put((bodies_ + store::Key(record.body_id)).bytes(), message.body);
  }
  if (due > clock_.now()) return put_later(tx, record, due);
  tx.put_stamped_key((ready_ + store::Key(record.group, record.lane)).bytes(), {}, store::encode(record));
}

void Queue::put_later(store::Transaction& tx, const Record& record, TimePoint due) {
  tx.put((later_ + store::Key(due, random_.hex(32))).bytes(), store::encode(record));
}

Task<void> Queue::run(Handler handler) {
  // What is under way uses the handler, so it ends here at the latest.
  struct Ending {
    ~Ending() { deliveries.cancel(); }
    io::TaskScope& deliveries;
  } const ending{deliveries_};
  store::Watch changes = store_.watch(all_.bytes());
  for (;;) {
    const auto next = co_await start_due(handler);
    SteadyTime wake = clock_.steady_now() + kPollTime;
    if (!next) {
      log::error("a queue cannot be read: {}", next.error().message);
    } else if (*next) {
      const auto wait = std::max(**next - clock_.now(), std::chrono::microseconds(0));
      wake = std::min(wake, clock_.steady_now() + wait);
    }
    co_await changes.changed(wake);
  }
}

Async<std::optional<TimePoint>> Queue::start_due(const Handler& handler) {
  TRY(const auto next, co_await start_later(handler));
  for (bool more = true; more;) {
    TRY(more, co_await start_ready(handler));
  }
  co_return next;
}

bool Queue::has_room(const std::string& group) {
  const auto of_group = in_flight_of_.find(group);
  const bool room = in_flight_.size() < limits_.in_flight_max &&
                    (of_group == in_flight_of_.end() || of_group->second < limits_.group_in_flight_max);
  starved_ |= !room;
  return room;
}

bool Queue::start(const Handler& handler, Waiting waiting) {
  if (!in_flight_.insert(waiting.key).second) return false;
  ++in_flight_of_[waiting.lane.group];
  if (!waiting.order.empty()) orders_in_flight_.emplace(waiting.lane, waiting.order);
  deliveries_.spawn(deliver(handler, std::move(waiting)));
  return true;
}

void Queue::finished(const Waiting& waiting) {
  in_flight_.erase(waiting.key);
  const auto of_group = in_flight_of_.find(waiting.lane.group);
  if (--of_group->second == 0) in_flight_of_.erase(of_group);
  if (!waiting.order.empty()) orders_in_flight_.erase({waiting.lane, waiting.order});
}

Async<std::optional<TimePoint>> Queue::start_later(const Handler& handler) {
  for (store::KeyRange range = later_.under();;) {
    auto list = [&](store::Transaction& tx) -> Async<store::Page> {
      co_return co_await tx.scan({.range = range, .rows_max = kScanRows});
    };
    TRY(store::Page page, co_await store_.read(list));
    for (store::Row& row : page.rows) {
      range.begin = store::key_after(row.key);
      TRY(const auto key,
          store::parse_key<TimePoint, std::string>(std::string_view(row.key).substr(later_.bytes().size())));
      const TimePoint due = std::get<0>(key);
      if (due > clock_.now()) co_return std::optional<TimePoint>(due);
      // One that cannot be read fails when it is delivered.
      const auto record = store::decode<Record>(row.value);
      Waiting waiting{.key = std::move(row.key), .value = std::move(row.value), .lane = {}, .order = {}};
      if (record) waiting.lane = {record->group, record->lane};
      if (has_room(waiting.lane.group)) start(handler, std::move(waiting));
    }
    if (!page.more || in_flight_.size() >= limits_.in_flight_max) co_return std::optional<TimePoint>();
  }
}

// Where a walk over the lanes is.
class Queue::Turns {
 public:
  // Whether the lane's turn is over. Then the walk goes on behind it.
  bool begin(const Lane& lane, store::KeyRange& range, const store::Key& lane_key) {
    if (!lane_ || *lane_ != lane) {
      lane_ = lane;
      taken_ = blocked_ = 0;
    }
    if (taken_ < kTurnMax && blocked_ < kLookAheadMax) return false;
    range.begin = lane_key.under().end;
    return true;
  }
  void take() {
    ++taken_;
    any_ = true;
  }
  void block() { ++blocked_; }
  bool any() const { return any_; }

 private:
  std::optional<Lane> lane_;
  size_t taken_ = 0, blocked_ = 0;
  bool any_ = false;
};

Async<bool> Queue::start_ready(const Handler& handler) {
  Turns turns;
  for (store::KeyRange range = ready_.under(); in_flight_.size() < limits_.in_flight_max;) {
    auto list = [&](store::Transaction& tx) -> Async<store::Page> {
      co_return co_await tx.scan({.range = range, .rows_max = kScanRows});
    };
    TRY(store::Page page, co_await store_.read(list));
    bool jumped = false;
    for (store::Row& row : page.rows) {
      TRY(auto key, store::parse_key<std::string, std::string, store::Stamp>(
                        std::string_view(row.key).substr(ready_.bytes().size())));
      Waiting waiting{.key = std::move(row.key),
                      .value = std::move(row.value),
                      .lane = {std::move(std::get<0>(key)), std::move(std::get<1>(key))},
                      .order = {}};
      range.begin = store::key_after(waiting.key);
      jumped = turns.begin(waiting.lane, range, ready_ + store::Key(waiting.lane.group, waiting.lane.name));
      if (jumped) break;
      if (in_flight_.contains(waiting.key)) continue;
      if (!has_room(waiting.lane.group)) {
        range.begin = (ready_ + store::Key(waiting.lane.group)).under().end;
        jumped = true;
        break;
      }
      if (auto record = store::decode<Record>(waiting.value)) waiting.order = std::move(record->order);
      if (!waiting.order.empty() && orders_in_flight_.contains({waiting.lane, waiting.order})) {
        turns.block();
      } else if (start(handler, std::move(waiting))) {
        turns.take();
      }
    }
    if (!jumped && !page.more) co_return turns.any();
  }
  starved_ = true;
  co_return false;
}

Async<std::optional<Message>> Queue::read(const Waiting& waiting) {
  TRY(Record record, store::decode<Record>(waiting.value));
  auto body = [&](store::Transaction& tx) -> Async<std::optional<Message>> {
    // Another delivery may have settled it since the list was read.
    TRY(const auto still_there, co_await tx.get(waiting.key));
    if (!still_there) co_return std::optional<Message>();
    Message message{.header = record.header, .body = {}, .lane = waiting.lane, .order = record.order};
    if (record.body_id.empty()) co_return std::optional<Message>(std::move(message));
    TRY(auto bytes, co_await tx.get((bodies_ + store::Key(record.body_id)).bytes()));
    if (!bytes) co_return Error{.code = "StoreCorrupt", .message = "the body of a queued message is missing"};
    message.body = *std::move(bytes);
    co_return std::optional<Message>(std::move(message));
  };
  co_return co_await store_.read(body);
}

Task<void> Queue::deliver(const Handler& handler, Waiting waiting) {
  auto handle = [&]() -> Async<void> {
    TRY(auto message, co_await read(waiting));
    if (!message) co_return {};
    Verdict verdict = co_await handler(*std::move(message));
    co_await settle_surely(waiting, std::move(verdict));
    co_return {};
  };
  const auto handled = co_await handle();
  if (!handled) {
    log::error("a queued message cannot be delivered: {}", handled.error().message);
    co_await io::sleep_for(kPollTime);
  }
  const bool ordered = !waiting.order.empty();
  finished(waiting);
  if (!std::exchange(starved_, false) && !ordered) co_return;
  co_await io::yield_now();  // what was settled by the same commit makes room too
  (void)co_await start_due(handler);
}

// The delivery has happened; until the store knows, it is kept from being handed out again.
Task<void> Queue::settle_surely(Waiting waiting, Verdict verdict) {
  for (;;) {
    const auto settled = co_await settle(waiting, verdict);
    if (settled) co_return;
    if (!is_of_store(settled.error()) && verdict.otherwise) {
      verdict = verdict.otherwise(settled.error());
      continue;
    }
    log::warn("a delivery cannot be settled yet: {}", settled.error().message);
    co_await io::sleep_for(kPollTime);
  }
}

Async<void> Queue::settle(Waiting waiting, Verdict verdict) {
  TRY(Record record, store::decode<Record>(waiting.value));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    tx.erase(waiting.key);
    if (verdict.also) TRY_VOID(co_await verdict.also(tx));
    if (verdict.again_at) {
      record.header = verdict.header;
      put_later(tx, record, *verdict.again_at);
    } else if (!record.body_id.empty()) {
      tx.erase((bodies_ + store::Key(record.body_id)).bytes());
    }
    co_return {};
  };
  co_return co_await store_.transact(body);
}

Async<size_t> Queue::depth() {
  auto count = [&](store::Transaction& tx) -> Async<size_t> {
    TRY(const store::Page ready, co_await tx.scan({.range = ready_.under(), .rows_max = 1000}));
    TRY(const store::Page later, co_await tx.scan({.range = later_.under(), .rows_max = 1000}));
    co_return ready.rows.size() + later.rows.size();
  };
  co_return co_await store_.read(count);
}

}  // namespace hearth::delivery
