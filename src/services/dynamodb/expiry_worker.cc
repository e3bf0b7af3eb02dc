#include "services/dynamodb/expiry_worker.h"

#include "base/log.h"
#include "io/loop.h"
#include "services/dynamodb/expiry.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_store.h"
#include "store/walk.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::chrono::seconds kPause(1);

struct Due {
  int64_t second = 0;
  uint64_t table_number = 0;
  std::string place;
};

Result<Due> due_of(const std::string& key) {
  store::KeyReader reader(key);
  std::string space;
  Due due;
  store::Bytes place;
  TRY_SYNC_VOID(reader.read(space));
  TRY_SYNC_VOID(reader.read(due.second));
  TRY_SYNC_VOID(reader.read(due.table_number));
  TRY_SYNC_VOID(reader.read(place));
  due.place = std::move(place.bytes);
  return due;
}

}  // namespace

Task<void> ExpiryWorker::run() {
  for (;;) {
    const auto expired = co_await expire();
    if (!expired) log::error("items cannot be expired: {}", expired.error().message);
    co_await io::sleep_for(kPause);
  }
}

Async<void> ExpiryWorker::expire() {
  store::KeyRange due = expiry_prefix().under();
  due.end = (expiry_prefix() + store::Key(second_of(parts_.clock.now()))).bytes();
  store::Walk walk(parts_.store, due);
  for (;;) {
    TRY(const auto rows, co_await walk.next());
    if (rows.empty()) co_return {};
    for (const store::Row& row : rows) {
      const auto expired = co_await expire_row(row);
      if (!expired) log::error("an item cannot be expired: {}", expired.error().message);
    }
  }
}

Async<void> ExpiryWorker::expire_row(store::Row row) {
  TRY(const Due due, due_of(row.key));
  TRY(const auto of, store::decode<ExpiryRecord>(row.value));
  const TableRef ref{.account = of.account, .region = of.region, .name = of.table};
  const TimePoint now = parts_.clock.now();
  auto body = [&](store::Transaction& tx) -> Async<void> {
    tx.erase(row.key);
    TRY(const auto table, co_await parts_.catalog.find(tx, ref));
    const bool same = table && table->record.number == due.table_number && table->record.ttl.enabled;
    if (!same) co_return {};
    TRY(const auto old, co_await read_item_record(tx, store::Key::from_bytes(due.place)));
    if (!old) co_return {};
    TRY(const Item item, read_item(old->json));
    if (expiry_of(table->record.ttl, item, now) != due.second) co_return {};
    TRY(const KeyValues key, key_of_item(*table, item));
    TRY_VOID(write_item(tx, *table, {.key = key, .old = old, .now = now, .expired = true}));
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
