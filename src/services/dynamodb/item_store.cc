#include "services/dynamodb/item_store.h"

#include <algorithm>

#include "base/check.h"
#include "services/dynamodb/change_log.h"
#include "services/dynamodb/contains.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/expiry.h"
#include "services/dynamodb/forwarding.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/table_log.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::string_view kBothImages = "NEW_AND_OLD_IMAGES";

store::Key count_key(uint64_t number, const char* what) {
  return store::Key("dynamodb.counts", number, what);
}

void add_counts(store::Transaction& tx, uint64_t number, int64_t items, int64_t bytes) {
  if (items != 0) tx.add(count_key(number, "items"), items);
  if (bytes != 0) tx.add(count_key(number, "bytes"), bytes);
}

int64_t bytes_in(const std::optional<ItemRecord>& record) {
  return record ? static_cast<int64_t>(record->size_bytes) : 0;
}

// What was and what is in one place, in the two forms that are of use.
struct Sides {
  std::optional<Item> old_item;  // read only where something needs it
  const Item* item;
};

ItemRecord record_of(const Item& item) {
  return {.json = to_json(item), .size_bytes = size_bytes(item)};
}

// An index that is being made holds what lies before the place to which it was filled; the rest comes to it.
bool reaches(const IndexRecord& index, const store::Key& place) {
  return index.status != IndexStatus::kCreating || place.bytes() <= index.backfilled;
}

// Replaces one entry of an index by another; units are those of the entries that were written.
double replace_entry(store::Transaction& tx, const IndexRecord& index, const std::optional<IndexEntry>& old,
                     const std::optional<IndexEntry>& entry) {
  if (old && entry && old->key == entry->key) {
    if (old->record.json == entry->record.json) return 0;
    tx.put(entry->key.bytes(), store::encode(entry->record));
    add_counts(tx, index.number, 0,
               static_cast<int64_t>(entry->record.size_bytes) - static_cast<int64_t>(old->record.size_bytes));
    return write_units(std::max(old->record.size_bytes, entry->record.size_bytes));
  }
  double units = 0;
  if (old) {
    tx.erase(old->key.bytes());
    add_counts(tx, index.number, -1, -static_cast<int64_t>(old->record.size_bytes));
    units += write_units(old->record.size_bytes);
  }
  if (entry) {
    put_entry(tx, index, *entry);
    units += write_units(entry->record.size_bytes);
  }
  return units;
}

// For a stream, a data stream or the table's log; `view` says which images belong there.
ChangeRecord change_of(std::string_view view, const Table& table, const ItemWrite& write, const Sides& sides,
                       const ItemRecord& record) {
  const Item& any = sides.item ? *sides.item : *sides.old_item;
  const Item keys = key_attributes(table, nullptr, any);
  ChangeRecord change{.kind = !write.item ? ChangeKind::kRemove
                              : write.old ? ChangeKind::kModify
                                          : ChangeKind::kInsert,
                      .created_ms = epoch_ms(write.now),
                      .keys = to_json(keys),
                      .size_bytes = size_bytes(keys),
                      .expired = write.expired};
  const bool both = view == kBothImages;
  if (write.item && (both || view == "NEW_IMAGE")) {
    change.new_image = record.json;
    change.size_bytes += record.size_bytes;
  }
  if (write.old && (both || view == "OLD_IMAGE")) {
    change.old_image = write.old->json;
    change.size_bytes += write.old->size_bytes;
  }
  return change;
}

void add_change(store::Transaction& tx, const store::Key& prefix, const ChangeRecord& change) {
  tx.put_stamped_key(prefix.bytes(), {}, store::encode(change));
}

// Items in the store were checked when they came.
Item parsed(const std::string& json) {
  auto item = read_item(json);
  CHECK(item.has_value(), "an item in the store is none");
  return *std::move(item);
}

}  // namespace

Async<std::optional<ItemRecord>> read_item_record(store::Transaction& tx, store::Key key) {
  TRY(auto bytes, co_await tx.get(key.bytes()));
  if (!bytes) co_return std::optional<ItemRecord>();
  TRY(auto record, store::decode<ItemRecord>(*bytes));
  co_return std::optional<ItemRecord>(std::move(record));
}

Result<Units> write_item(store::Transaction& tx, const Table& table, const ItemWrite& write) {
  const TableRecord& definition = table.record;
  const ItemRecord record = write.item ? record_of(*write.item) : ItemRecord{};
  if (record.size_bytes > limits::kItemBytesMax) {
    return fail(errors::validation(write.form == WriteForm::kPut
                                       ? "Item size has exceeded the maximum allowed size"
                                       : "Item size to update has exceeded the maximum allowed size"));
  }
  Units units{.table = write_units(std::max(record.size_bytes, write.old ? write.old->size_bytes : 0))};
  const bool same = write.item ? write.old && write.old->json == record.json : !write.old;
  if (same) return units;

  const store::Key place = item_key(definition.number, write.key);
  if (write.item) {
    tx.put(place.bytes(), store::encode(record));
  } else {
    tx.erase(place.bytes());
  }
  add_counts(tx, definition.number, (write.item ? 1 : 0) - (write.old ? 1 : 0),
             static_cast<int64_t>(record.size_bytes) - bytes_in(write.old));

  const bool streamed = definition.stream.enabled;
  const bool logged = definition.log.number != 0;
  const bool expires =
      definition.ttl.enabled && (!definition.ttl.filling || place.bytes() <= definition.ttl.filled);
  const bool forwarded = contains(definition.destinations, true, &StreamDestination::active);
  if (definition.indexes.empty() && !streamed && !logged && !forwarded && !expires) return units;
  Sides sides{.old_item = {}, .item = write.item};
  if (write.old) sides.old_item = parsed(write.old->json);
  for (const IndexRecord& index : definition.indexes) {
    if (!reaches(index, place)) continue;
    const auto old = sides.old_item ? index_entry(table, index, write.key, *sides.old_item) : std::nullopt;
    const auto entry = write.item ? index_entry(table, index, write.key, *write.item) : std::nullopt;
    const double written = replace_entry(tx, index, old, entry);
    if (written > 0) units.indexes[index.name] += written;
  }
  if (expires) {
    write_expiry(tx, table, place, sides.old_item ? &*sides.old_item : nullptr, write.item, write.now);
  }
  if (streamed) {
    add_change(tx, changes_prefix(definition.stream.number),
               change_of(definition.stream.view, table, write, sides, record));
  }
  if (logged || forwarded) {
    const ChangeRecord change = change_of(kBothImages, table, write, sides, record);
    if (logged) add_change(tx, log_prefix(definition.log.number), change);
    if (forwarded) forward_change(tx, table, change, write.now);
  }
  return units;
}

std::optional<IndexEntry> index_entry(const Table& table, const IndexRecord& index, const KeyValues& key,
                                      const Item& item) {
  const auto index_key = index_key_of(index, item);
  if (!index_key) return {};
  IndexEntry entry{.key = entry_key(index, *index_key, key), .record = {}};
  if (index.projection == ProjectionType::kAll) {
    entry.record = record_of(item);
    return entry;
  }
  Item projected = key_attributes(table, &index, item);
  for (const std::string& name : index.non_keys) {
    if (const Value* value = item.find(name)) projected.set(name, *value);
  }
  entry.record = record_of(projected);
  return entry;
}

void put_entry(store::Transaction& tx, const IndexRecord& index, const IndexEntry& entry) {
  tx.put(entry.key.bytes(), store::encode(entry.record));
  add_counts(tx, index.number, 1, static_cast<int64_t>(entry.record.size_bytes));
}

Async<Counts> counts_of(store::Transaction& tx, uint64_t number) {
  Counts counts;
  TRY(auto items, co_await tx.get(count_key(number, "items").bytes(), store::Isolation::kSnapshot));
  TRY(auto bytes, co_await tx.get(count_key(number, "bytes").bytes(), store::Isolation::kSnapshot));
  if (items) {
    TRY(counts.items, store::counter_value(*items));
  }
  if (bytes) {
    TRY(counts.bytes, store::counter_value(*bytes));
  }
  co_return counts;
}

void erase_items(store::Transaction& tx, uint64_t number) {
  tx.erase_range(items_prefix(number).under());
  tx.erase_range(store::Key("dynamodb.counts", number).under());
}

}  // namespace hearth::services::dynamodb
