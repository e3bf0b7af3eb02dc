#include "services/kinesis/trimming.h"

#include "base/log.h"
#include "io/loop.h"
#include "services/kinesis/reader.h"
#include "store/walk.h"

namespace hearth::services::kinesis {
namespace {

using store::Key;

constexpr std::chrono::minutes kTime(1);

struct Found {
  StreamRecord stream;
  ShardMap shards;
};

}  // namespace

Task<void> Trimming::run() {
  for (;;) {
    const auto trimmed = co_await trim();
    if (!trimmed) log::error("old records of streams cannot be removed: {}", trimmed.error().message);
    co_await io::sleep_for(kTime);
  }
}

Async<void> Trimming::trim() {
  store::Walk walk(parts_.store, Key("kinesis").under());
  for (;;) {
    TRY(const auto rows, co_await walk.next());
    if (rows.empty()) co_return {};
    for (const store::Row& row : rows) {
      store::KeyReader key(row.key);
      std::string service, kind;
      StreamRef ref;
      for (std::string* part : {&service, &ref.account, &ref.region, &kind, &ref.name})
        TRY_VOID(key.read(*part));
      if (kind != "stream") continue;
      const auto trimmed = co_await trim_stream(ref);
      if (!trimmed) log::error("old records of {} cannot be removed: {}", ref.arn(), trimmed.error().message);
    }
  }
}

// What is old is found at a snapshot and erased blindly: it only gets older, and new records have greater
// stamps.
Async<void> Trimming::trim_stream(StreamRef ref) {
  auto find = [&](store::Transaction& tx) -> Async<Found> {
    TRY(const StreamRecord stream, co_await require_stream(tx, ref));
    TRY(ShardMap shards, co_await ShardMap::load(tx, stream.id));
    co_return Found{stream, std::move(shards)};
  };
  TRY(const Found found, co_await parts_.store.read(find));
  const TimePoint horizon = horizon_of(found.stream, parts_.clock.now());
  for (const Shard& shard : found.shards.all()) {
    const Key records = records_of(found.stream.id, shard.number);
    auto look = [&](store::Transaction& tx) -> Async<store::Stamp> {
      co_return co_await first_since(tx, records, horizon);
    };
    TRY(const store::Stamp first, co_await parts_.store.read(look));
    const bool over = shard.record.closed && *shard.record.closed < horizon;
    if (first == store::Stamp{} && !over) continue;
    auto erase = [&](store::Transaction& tx) -> Async<void> {
      if (over) {
        const Key key = shards_of(found.stream.id) + Key(shard.number);
        tx.erase(key.bytes());
        tx.erase_range(key.under());
        tx.erase_range(records.under());
      } else {
        tx.erase_range({.begin = records.under().begin, .end = (records + Key(first)).bytes()});
      }
      co_return {};
    };
    TRY_VOID(co_await parts_.store.transact(erase));
  }
  co_return {};
}

}  // namespace hearth::services::kinesis
