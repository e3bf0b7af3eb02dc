#include "services/logs/retention.h"

#include <map>

#include "base/log.h"
#include "io/loop.h"
#include "services/logs/records.h"

namespace hearth::services::logs {
namespace {

using store::Key;

constexpr std::chrono::hours kTime(1);
constexpr size_t kStreamsPerTransaction = 500;
constexpr size_t kRowsLookedThrough = 1000;

}  // namespace

struct Retention::Group {
  std::string account;
  std::string region;
  std::string name;
  int64_t begin_ms = 0;  // of the events that stay

  Key events() const { return Tables::events(account, region, name); }
  store::KeyRange expired() const {
    return {.begin = events().under().begin, .end = (events() + Key(begin_ms)).bytes()};
  }
};

int64_t Retention::begin_ms(int64_t now_ms, int64_t retention_days) {
  return now_ms - retention_days * std::chrono::milliseconds(std::chrono::days(1)).count();
}

Task<void> Retention::run() {
  for (;;) {
    const auto expired = co_await expire();
    if (!expired) log::error("old log events cannot be removed: {}", expired.error().message);
    co_await io::sleep_for(kTime);
  }
}

// From the first row of one account and region to the first row of the next: no list of them is kept.
Async<void> Retention::expire() {
  store::KeyRange left = Key("logs").under();
  auto first = [&](store::Transaction& tx) -> Async<store::Page> {
    co_return co_await tx.scan({.range = left, .rows_max = 1});
  };
  for (;;) {
    TRY(const store::Page page, co_await store_.read(first));
    if (page.rows.empty()) co_return {};
    store::KeyReader key(page.rows.front().key);
    std::string service, account, region;
    TRY_VOID(key.read(service));
    TRY_VOID(key.read(account));
    TRY_VOID(key.read(region));
    TRY_VOID(co_await expire_region(account, region));
    left.begin = Tables::scope(account, region).under().end;
  }
}

Async<void> Retention::expire_region(std::string account, std::string region) {
  std::string after;
  auto list = [&](store::Transaction& tx) -> Async<store::Table<GroupRecord>::Listing> {
    co_return co_await Tables(tx, account, region).groups.list({.after = after});
  };
  do {
    TRY(const auto groups, co_await store_.read(list));
    for (const auto& entry : groups.entries) {
      if (!entry.record.retention_days) continue;
      TRY(auto key, store::parse_key<std::string>(entry.key));
      const std::string name = std::get<0>(key);
      const int64_t begin = begin_ms(epoch_ms(clock_.now()), *entry.record.retention_days);
      const auto expired = co_await expire_group({account, region, name, begin});
      if (!expired) log::error("old events of {} cannot be removed: {}", name, expired.error().message);
    }
    after = groups.next;
  } while (!after.empty());
  co_return {};
}

// The events go last, in one mutation however many they are: as long as there are some, a run that was
// interrupted is done again.
Async<void> Retention::expire_group(Group group) {
  auto look = [&](store::Transaction& tx) -> Async<store::Page> {
    co_return co_await tx.scan({.range = group.expired(), .rows_max = 1});
  };
  TRY(const store::Page expired, co_await store_.read(look));
  if (expired.rows.empty()) co_return {};
  std::string after;
  do {
    TRY(after, co_await update_streams(group, after));
  } while (!after.empty());
  auto erase = [&](store::Transaction& tx) -> Async<void> {
    tx.erase_range(group.expired());
    co_return {};
  };
  co_return co_await store_.transact(erase);
}

// Event times of a page of streams; gives where the next page begins, or nothing at the end.
Async<std::string> Retention::update_streams(const Group& group, std::string after) {
  auto body = [&](store::Transaction& tx) -> Async<std::string> {
    Tables tables(tx, group.account, group.region);
    TRY(const auto page,
        co_await read_events(tx, group.events(), {.begin_ms = group.begin_ms}, kRowsLookedThrough));
    // A stream's first event behind this page is at least not before its end.
    const int64_t page_end_ms = page.events.empty() ? group.begin_ms : page.events.back().time_ms;
    std::map<std::string, int64_t> first_ms;
    for (const Event& event : page.events) first_ms.try_emplace(event.stream, event.time_ms);
    // Most streams stay as they are, and being written to they may not make this transaction run again.
    TRY(const auto listing, co_await tables.streams.list({.under = Key(group.name),
                                                          .after = after,
                                                          .rows_max = kStreamsPerTransaction,
                                                          .isolation = store::Isolation::kSnapshot}));
    for (const auto& entry : listing.entries) {
      if (entry.record.first_ms == 0 || entry.record.first_ms >= group.begin_ms) continue;
      const Key key = Key::from_bytes(entry.key);
      TRY(auto record, co_await tables.streams.get(key));
      if (!record) continue;
      if (record->last_ms < group.begin_ms) {
        record->first_ms = record->last_ms = 0;
      } else {
        TRY(const auto name, store::parse_key<std::string, std::string>(entry.key));
        const auto found = first_ms.find(std::get<1>(name));
        record->first_ms = found == first_ms.end() ? page_end_ms : found->second;
      }
      tables.streams.put(key, *record);
    }
    co_return listing.next;
  };
  co_return co_await store_.transact(body);
}

}  // namespace hearth::services::logs
