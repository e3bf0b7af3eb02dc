#include "services/dynamodb/table_copies.h"

#include "base/log.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/job_records.h"
#include "services/dynamodb/table_log.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kRowsAtOnce = 250;
// A transaction holds each item once for every index that it is in.
constexpr size_t kBytesAtOnce = 256 * 1024;

using delivery::Progress;

store::Key copies_prefix() {
  return store::Key("dynamodb.copies");
}
store::Key copy_key(uint64_t number) {
  return copies_prefix() + store::Key(number);
}
store::Key start_key(uint64_t number) {
  return store::Key("dynamodb.copy_starts", number);
}
store::Key backup_key(const CopyRecord& copy) {
  return store::Key("dynamodb.backups", copy.account, copy.region, copy.target_backup);
}

// Tables and backups that are in use are not deleted; a copy that lacks one does not go on.
Error missing(std::string_view what) {
  return {.code = "StoreCorrupt", .message = "a copy of a table lacks " + std::string(what)};
}

// A copy at one of its steps. The table that it goes to has no log, no stream and no times to live.
struct CopyStep {
  store::Transaction& tx;
  uint64_t number = 0;
  CopyRecord copy;
  TablePtr source;  // null: a backup
  Table target;
  TimePoint now;

  store::Key log() const { return log_prefix(source->record.log.number); }
  // What of a range is left when one went up to `reached`, or down to it.
  store::KeyRange rest_up(store::KeyRange all) const {
    if (!copy.reached.empty()) all.begin = store::key_after(copy.reached);
    return all;
  }
  store::KeyRange rest_down(store::KeyRange all) const {
    if (!copy.reached.empty()) all.end = copy.reached;
    return all;
  }
};

// Others write meanwhile; what they do afterwards is in the log.
Async<store::Page> next_page(store::Transaction& tx, store::KeyRange range, bool reverse) {
  co_return co_await tx.scan(
      {.range = std::move(range), .rows_max = kRowsAtOnce, .bytes_max = kBytesAtOnce, .reverse = reverse},
      store::Isolation::kSnapshot);
}

void enter(CopyRecord& copy, CopyStage stage) {
  copy.stage = stage;
  copy.reached.clear();
}

// Each of these returns whether it was the copy's last step.

Async<bool> copy_items(CopyStep& step) {
  TRY(const store::Page page,
      co_await next_page(step.tx, step.rest_up(items_prefix(step.copy.source_number).under()), false));
  const std::optional<ItemRecord> none;
  for (const store::Row& row : page.rows) {
    TRY(const ItemRecord record, store::decode<ItemRecord>(row.value));
    TRY(const Item item, read_item(record.json));
    TRY(const KeyValues key, key_of_item(step.target, item));
    TRY_VOID(write_item(step.tx, step.target, {.key = key, .old = none, .item = &item, .now = step.now}));
  }
  if (page.more) {
    step.copy.reached = page.rows.back().key;
    co_return false;
  }
  if (!step.source) co_return true;
  if (step.copy.as_of_ms != 0) {
    enter(step.copy, CopyStage::kSeeking);
    co_return false;
  }
  TRY(const auto start, co_await step.tx.get(start_key(step.number).bytes()));
  if (!start) co_return missing("its start");
  TRY(const store::Stamp stamp, store::Stamp::parse(*start));
  step.copy.cut = (step.log() + store::Key(store::Stamp{.version = stamp.version + 1})).bytes();
  enter(step.copy, CopyStage::kUndoing);
  co_return false;
}

// The first change in the log that is later than the moment. What was committed behind it is later, too,
// whatever time it carries.
Async<bool> seek_cut(CopyStep& step) {
  TRY(const store::Page page, co_await next_page(step.tx, step.rest_down(step.log().under()), true));
  bool more = page.more;
  for (const store::Row& row : page.rows) {
    TRY(const ChangeRecord change, store::decode<ChangeRecord>(row.value));
    if (change.created_ms > step.copy.as_of_ms) step.copy.cut = row.key;
    if (change.created_ms < step.copy.as_of_ms - kLateMs) more = false;
    step.copy.reached = row.key;
  }
  if (more) co_return false;
  if (step.copy.cut.empty()) co_return true;
  enter(step.copy, CopyStage::kUndoing);
  co_return false;
}

Async<void> undo(CopyStep& step, const ChangeRecord& change) {
  TRY(const Item keys, read_item(change.keys));
  TRY(const KeyValues key, key_of_item(step.target, keys));
  std::optional<Item> item;
  if (!change.old_image.empty()) {
    TRY(item, read_item(change.old_image));
  }
  TRY(const auto old, co_await read_item_record(step.tx, item_key(step.target.record.number, key)));
  TRY_VOID(write_item(step.tx, step.target,
                      {.key = key, .old = old, .item = item ? &*item : nullptr, .now = step.now}));
  co_return {};
}

Async<bool> undo_changes(CopyStep& step) {
  store::KeyRange later{.begin = step.copy.cut, .end = step.log().under().end};
  TRY(const store::Page page, co_await next_page(step.tx, step.rest_down(std::move(later)), true));
  for (const store::Row& row : page.rows) {
    TRY(const ChangeRecord change, store::decode<ChangeRecord>(row.value));
    TRY_VOID(co_await undo(step, change));
    step.copy.reached = row.key;
  }
  co_return !page.more;
}

Async<bool> take(CopyStep& step) {
  switch (step.copy.stage) {
    case CopyStage::kCopying:
      co_return co_await copy_items(step);
    case CopyStage::kSeeking:
      co_return co_await seek_cut(step);
    case CopyStage::kUndoing:
      co_return co_await undo_changes(step);
  }
  co_return true;
}

// The export goes on with its files.
Async<void> finish_for_export(CopyStep& step) {
  const PartRef ref{.table = {.account = step.copy.account, .region = step.copy.region, .name = {}},
                    .kind = "export",
                    .id = step.copy.target_export};
  TRY(const auto bytes, co_await step.tx.get(job_key(ref).bytes()));
  if (!bytes) co_return missing("its export");
  TRY(ExportRecord record, store::decode<ExportRecord>(*bytes));
  record.stage = ExportStage::kWriting;
  step.tx.put(job_key(ref).bytes(), store::encode(record));
  step.tx.put(task_key(ref).bytes(), {});
  co_return {};
}

Async<void> finish(CopyStep& step) {
  step.tx.erase(copy_key(step.number).bytes());
  step.tx.erase(start_key(step.number).bytes());
  if (step.source) {
    TableRecord record = step.source->record;
    release_log(record.log);
    put_with_log(step.tx, step.source->ref, std::move(record));
  }
  if (!step.copy.target_export.empty()) co_return co_await finish_for_export(step);
  if (step.copy.target_backup.empty()) {
    step.target.record.status = TableStatus::kActive;
    step.tx.put(step.target.ref.key().bytes(), store::encode(step.target.record));
    co_return {};
  }
  TRY(const auto bytes, co_await step.tx.get(backup_key(step.copy).bytes()));
  if (!bytes) co_return missing("the backup");
  TRY(BackupRecord backup, store::decode<BackupRecord>(*bytes));
  TRY(const Counts counts, co_await counts_of(step.tx, step.number));
  backup.available = true;
  backup.items = counts.items;
  backup.bytes = counts.bytes;
  step.tx.put(backup_key(step.copy).bytes(), store::encode(backup));
  co_return {};
}

// Backups and exports hold items, and no entries of indexes.
Table items_of(const TableRecord& source, uint64_t number) {
  return {.ref = {}, .record = {.number = number, .attributes = source.attributes, .keys = source.keys}};
}

Async<Table> target_of(store::Transaction& tx, const Catalog& catalog, CopyRecord copy, uint64_t number,
                       TablePtr source) {
  if (!copy.target_export.empty()) co_return items_of(source->record, number);
  if (!copy.target_backup.empty()) {
    TRY(const auto bytes, co_await tx.get(backup_key(copy).bytes()));
    if (!bytes) co_return missing("the backup");
    TRY(const BackupRecord backup, store::decode<BackupRecord>(*bytes));
    co_return items_of(backup.table, number);
  }
  TRY(const auto table,
      co_await catalog.find(tx, {.account = copy.account, .region = copy.region, .name = copy.target_table}));
  if (!table) co_return missing("the restored table");
  co_return *table;
}

}  // namespace

void TableCopies::ask(store::Transaction& tx, uint64_t number, const CopyRecord& copy) {
  tx.put(copy_key(number).bytes(), store::encode(copy));
  tx.put_stamped_value(start_key(number).bytes(), {});
}

Async<bool> TableCopies::in_use(store::Transaction& tx, uint64_t source_number) {
  TRY(const auto copies, co_await store::Table<CopyRecord>(tx, copies_prefix()).all());
  for (const auto& copy : copies) {
    if (copy.record.source_number == source_number) co_return true;
  }
  co_return false;
}

Task<void> TableCopies::run() {
  return delivery::do_rows(
      parts_.store, parts_.clock,
      {.what = "the copy of a table",
       .rows = copies_prefix(),
       .work = [this](std::string key, int) -> Async<Progress> {
         TRY(const auto number,
             store::parse_key<uint64_t>(std::string_view(key).substr(copies_prefix().bytes().size())));
         co_return co_await step(std::get<0>(number));
       }});
}

Async<Progress> TableCopies::step(uint64_t number) {
  const TimePoint now = parts_.clock.now();
  auto body = [&](store::Transaction& tx) -> Async<Progress> {
    TRY(const auto bytes, co_await tx.get(copy_key(number).bytes()));
    if (!bytes) co_return Progress::kDone;
    CopyStep step{.tx = tx, .number = number, .copy = {}, .source = {}, .target = {}, .now = now};
    TRY(step.copy, store::decode<CopyRecord>(*bytes));
    if (!step.copy.source_table.empty()) {
      const TableRef ref{
          .account = step.copy.account, .region = step.copy.region, .name = step.copy.source_table};
      TRY(step.source, co_await parts_.catalog.find(tx, ref));
      if (!step.source) co_return missing("the copied table");
    }
    TRY(step.target, co_await target_of(tx, parts_.catalog, step.copy, number, step.source));
    TRY(const bool done, co_await take(step));
    if (done) {
      TRY_VOID(co_await finish(step));
    } else {
      tx.put(copy_key(number).bytes(), store::encode(step.copy));
    }
    co_return done ? Progress::kDone : Progress::kMore;
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
