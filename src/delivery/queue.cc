#include "delivery/queue.h"

#include <algorithm>

#include "base/check.h"
#include "base/log.h"
#include "store/record.h"

namespace hearth::delivery {
namespace {

constexpr size_t kPieceBytes = 60 * 1024;
constexpr size_t kScanRows = 100;
constexpr std::chrono::milliseconds kPollTime(1000);

struct DueRecord {
  std::string header;
  uint64_t pieces = 0;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.header);
    visit(2, self.pieces);
  }
};

}  // namespace

Queue::Queue(store::Store& store, const Clock& clock, Random& random, std::string name)
    : store_(store),
      clock_(clock),
      random_(random),
      due_("queue", name, "due"),
      bodies_("queue", name, "body") {}

void Queue::enqueue(store::Transaction& tx, const Message& message, TimePoint due) {
  CHECK(message.body.size() <= kBodyBytesMax);
  const std::string id = random_.hex(32);
  DueRecord record{.header = message.header};
  for (size_t start = 0; start < message.body.size(); start += kPieceBytes) {
    tx.put((bodies_ + store::Key(id, record.pieces++)).bytes(), message.body.substr(start, kPieceBytes));
  }
  tx.put((due_ + store::Key(due, id)).bytes(), store::encode(record));
}

Task<void> Queue::run(Handler handler) {
  // What is under way uses the handler, so it ends here at the latest.
  struct Ending {
    ~Ending() { deliveries.cancel(); }
    io::TaskScope& deliveries;
  } const ending{deliveries_};
  store::Watch changes = store_.watch(due_.bytes());
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
  store::KeyRange range = due_.under();
  while (in_flight_.size() < kInFlightMax) {
    auto list = [&](store::Transaction& tx) -> Async<store::Page> {
      co_return co_await tx.scan({.range = range, .rows_max = kScanRows});
    };
    TRY(store::Page page, co_await store_.read(list));
    for (store::Row& row : page.rows) {
      range.begin = store::key_after(row.key);
      TRY(auto key,
          store::parse_key<TimePoint, std::string>(std::string_view(row.key).substr(due_.bytes().size())));
      const TimePoint due = std::get<0>(key);
      if (due > clock_.now()) co_return std::optional<TimePoint>(due);
      if (in_flight_.size() >= kInFlightMax) break;
      if (!in_flight_.insert(row.key).second) continue;
      deliveries_.spawn(deliver(handler, {.key = row.key, .due = due, .value = std::move(row.value)}));
    }
    if (!page.more) co_return std::optional<TimePoint>();
  }
  starved_ = true;
  co_return std::optional<TimePoint>();
}

Async<std::optional<Message>> Queue::read(const Waiting& waiting) {
  TRY(DueRecord record, store::decode<DueRecord>(waiting.value));
  TRY(auto key,
      store::parse_key<TimePoint, std::string>(std::string_view(waiting.key).substr(due_.bytes().size())));
  const std::string id = std::get<1>(key);
  auto body = [&](store::Transaction& tx) -> Async<std::optional<Message>> {
    // Another delivery may have settled it since the list was read.
    TRY(const auto still_there, co_await tx.get(waiting.key));
    if (!still_there) co_return std::optional<Message>();
    Message message{.header = record.header, .body = {}};
    for (uint64_t piece = 0; piece < record.pieces; ++piece) {
      TRY(auto bytes, co_await tx.get((bodies_ + store::Key(id, piece)).bytes()));
      if (!bytes)
        co_return Error{.code = "StoreCorrupt", .message = "a piece of a queued message is missing"};
      message.body += *bytes;
    }
    co_return std::optional<Message>(std::move(message));
  };
  co_return co_await store_.read(body);
}

Task<void> Queue::deliver(const Handler& handler, Waiting waiting) {
  auto handle = [&]() -> Async<void> {
    TRY(auto message, co_await read(waiting));
    if (!message) co_return {};
    Verdict verdict = co_await handler(*std::move(message));
    // The delivery has happened; until the store knows, it is kept from being handed out again.
    for (;;) {
      const auto settled = co_await settle(waiting, verdict);
      if (settled) break;
      log::warn("a delivery cannot be settled yet: {}", settled.error().message);
      co_await io::sleep_for(kPollTime);
    }
    co_return {};
  };
  const auto handled = co_await handle();
  if (!handled) {
    log::error("a queued message cannot be delivered: {}", handled.error().message);
    co_await io::sleep_for(kPollTime);
  }
  in_flight_.erase(waiting.key);
  if (!std::exchange(starved_, false)) co_return;
  co_await io::yield_now();  // what was settled by the same commit makes room too
  (void)co_await start_due(handler);
}

Async<void> Queue::settle(Waiting waiting, Verdict verdict) {
  TRY(DueRecord record, store::decode<DueRecord>(waiting.value));
  TRY(auto key,
      store::parse_key<TimePoint, std::string>(std::string_view(waiting.key).substr(due_.bytes().size())));
  const std::string id = std::get<1>(key);
  auto body = [&](store::Transaction& tx) -> Async<void> {
    tx.erase(waiting.key);
    if (verdict.also) verdict.also(tx);
    if (verdict.again_at) {
      tx.put((due_ + store::Key(*verdict.again_at, id)).bytes(),
             store::encode(DueRecord{.header = verdict.header, .pieces = record.pieces}));
    } else if (record.pieces > 0) {
      tx.erase_range((bodies_ + store::Key(id)).under());
    }
    co_return {};
  };
  co_return co_await store_.transact(body);
}

Async<size_t> Queue::depth() {
  auto count = [&](store::Transaction& tx) -> Async<size_t> {
    TRY(const store::Page page, co_await tx.scan({.range = due_.under(), .rows_max = 1000}));
    co_return page.rows.size();
  };
  co_return co_await store_.read(count);
}

}  // namespace hearth::delivery
