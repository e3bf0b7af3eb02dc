#include "services/dynamodb/index_filler.h"

#include <algorithm>

#include "services/dynamodb/expiry.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_store.h"

namespace hearth::services::dynamodb {
namespace {

using delivery::Progress;

constexpr size_t kItemsAtOnce = 250;
constexpr size_t kBytesAtOnce = 1024 * 1024;

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

Status put_expiries(store::Transaction& tx, const Table& table, const std::vector<store::Row>& rows,
                    TimePoint now) {
  for (const store::Row& row : rows) {
    TRY_SYNC(const ItemRecord record, store::decode<ItemRecord>(row.value));
    TRY_SYNC(const Item item, read_item(record.json));
    write_expiry(tx, table, store::Key::from_bytes(row.key), nullptr, &item, now);
  }
  return {};
}

}  // namespace

void IndexFiller::ask(store::Transaction& tx, const TableRef& ref) {
  tx.put((asked_prefix() + store::Key(ref.account, ref.region, ref.name)).bytes(), {});
}

Task<void> IndexFiller::run() {
  return delivery::do_rows(parts_.store, parts_.clock,
                           {.what = "the filling of an index",
                            .rows = asked_prefix(),
                            .work = [this](std::string key, int) -> Async<Progress> {
                              TRY(TableRef ref, ref_of(key));
                              co_return co_await step(std::move(ref));
                            }});
}

Async<Progress> IndexFiller::step(TableRef ref) {
  const TimePoint now = parts_.clock.now();
  auto body = [&](store::Transaction& tx) -> Async<Progress> {
    TRY(const auto table, co_await parts_.catalog.find(tx, ref));
    Table changed = table ? *table : Table{};
    const auto index =
        std::ranges::find(changed.record.indexes, IndexStatus::kCreating, &IndexRecord::status);
    const bool has_index = index != changed.record.indexes.end();
    if (!has_index && !changed.record.ttl.filling) {
      tx.erase((asked_prefix() + store::Key(ref.account, ref.region, ref.name)).bytes());
      co_return Progress::kDone;
    }
    std::string& reached = has_index ? index->backfilled : changed.record.ttl.filled;
    store::KeyRange rest = items_prefix(changed.record.number).under();
    if (!reached.empty()) rest.begin = store::key_after(reached);
    TRY(const store::Page page,
        co_await tx.scan({.range = rest, .rows_max = kItemsAtOnce, .bytes_max = kBytesAtOnce}));
    if (has_index) {
      TRY_VOID(put_entries(tx, *table, *index, page.rows));
    } else {
      TRY_VOID(put_expiries(tx, *table, page.rows, now));
    }
    if (page.more) {
      reached = page.rows.back().key;
    } else {
      reached.clear();
      if (has_index) {
        index->status = IndexStatus::kActive;
      } else {
        changed.record.ttl.filling = false;
      }
    }
    tx.put(ref.key().bytes(), store::encode(changed.record));
    co_return Progress::kMore;
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
