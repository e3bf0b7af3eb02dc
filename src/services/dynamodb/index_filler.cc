#include "services/dynamodb/index_filler.h"

#include <algorithm>

#include "base/log.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_store.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kItemsAtOnce = 250;
constexpr size_t kBytesAtOnce = 1024 * 1024;
constexpr std::chrono::seconds kRetry(1);

store::Key asked_prefix() {
  return store::Key("dynamodb.filling");
}

Result<TableRef> ref_of(const std::string& key) {
  TableRef ref;
  store::KeyReader reader(key);
  std::string space;
  for (std::string* part : {&space, &ref.account, &ref.region, &ref.name}) {
    TRY_SYNC_VOID(reader.read(*part));
  }
  return ref;
}

Status put_entries(store::Transaction& tx, const Table& table, const IndexRecord& index,
                   const std::vector<store::Row>& rows) {
  for (const store::Row& row : rows) {
    TRY_SYNC(const ItemRecord record, store::decode<ItemRecord>(row.value));
    TRY_SYNC(const Item item, read_item(record.json));
    TRY_SYNC(const KeyValues key, key_of_item(table, item));
    if (const auto entry = index_entry(table, index, key, item)) put_entry(tx, index, *entry);
  }
  return {};
}

}  // namespace

void IndexFiller::ask(store::Transaction& tx, const TableRef& ref) {
  tx.put((asked_prefix() + store::Key(ref.account, ref.region, ref.name)).bytes(), {});
}

Task<void> IndexFiller::run() {
  store::Watch asked = parts_.store.watch(asked_prefix().bytes());
  for (;;) {
    const uint64_t count = asked.count();
    const auto filled = co_await fill_all();
    if (!filled) {
      log::error("indexes cannot be filled: {}", filled.error().message);
      co_await asked.changed(parts_.clock.steady_now() + kRetry);
    } else if (asked.count() == count) {
      co_await asked.changed();
    }
  }
}

Async<void> IndexFiller::fill_all() {
  auto next = [](store::Transaction& tx) -> Async<store::Page> {
    co_return co_await tx.scan({.range = asked_prefix().under()});
  };
  TRY(const store::Page page, co_await parts_.store.read(next));
  for (const store::Row& row : page.rows) {
    TRY(const TableRef ref, ref_of(row.key));
    for (bool more = true; more;) {
      TRY(more, co_await step(ref));
    }
  }
  co_return {};
}

Async<bool> IndexFiller::step(TableRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    const auto done = [&] {
      tx.erase((asked_prefix() + store::Key(ref.account, ref.region, ref.name)).bytes());
      return false;
    };
    TRY(const auto table, co_await parts_.catalog.find(tx, ref));
    if (!table) co_return done();
    Table changed = *table;
    const auto index =
        std::ranges::find(changed.record.indexes, IndexStatus::kCreating, &IndexRecord::status);
    if (index == changed.record.indexes.end()) co_return done();
    store::KeyRange rest = items_prefix(changed.record.number).under();
    if (!index->backfilled.empty()) rest.begin = store::key_after(index->backfilled);
    TRY(const store::Page page,
        co_await tx.scan({.range = rest, .rows_max = kItemsAtOnce, .bytes_max = kBytesAtOnce}));
    TRY_VOID(put_entries(tx, *table, *index, page.rows));
    if (page.more) {
      index->backfilled = page.rows.back().key;
    } else {
      index->status = IndexStatus::kActive;
      index->backfilled.clear();
    }
    tx.put(ref.key().bytes(), store::encode(changed.record));
    co_return true;
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
