#include "services/dynamodb/export_worker.h"

#include "base/deflate.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/text_member.h"
#include "services/dynamodb/export_files.h"
#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/table_copies.h"
#include "services/dynamodb/table_log.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kChangesAtOnce = 250;
constexpr size_t kChangeBytesAtOnce = 1024 * 1024;
constexpr size_t kFileRows = 16'384;
constexpr size_t kFileBytes = 8 * 1024 * 1024;

store::Key files_prefix(const PartRef& ref) {
  return store::Key("dynamodb.export_files", ref.id);
}

// A row that stands for an item, whose changes came before: what it was at first and what it is at last.
// Nothing where it neither was nor is.
std::optional<ChangeRecord> merged(const std::optional<ChangeRecord>& before, ChangeRecord change) {
  if (before) change.old_image = before->old_image;
  if (change.old_image.empty() && change.new_image.empty()) return {};
  return change;
}

// Takes the changes of a page; whether the last one of the export was among them, or behind it.
Async<bool> take_changes(store::Transaction& tx, const Table& target, const store::Page& page,
                         ExportRecord& record) {
  for (const store::Row& row : page.rows) {
    TRY(ChangeRecord change, store::decode<ChangeRecord>(row.value));
    if (change.created_ms >= record.to_ms) co_return true;
    record.reached = row.key;
    if (!record.begun && change.created_ms < record.from_ms) continue;
    record.begun = true;
    TRY(const Item keys, read_item(change.keys));
    TRY(const KeyValues key, key_of_item(target, keys));
    const std::string place = item_key(target.record.number, key).bytes();
    std::optional<ChangeRecord> before;
    TRY(const auto bytes, co_await tx.get(place));
    if (bytes) {
      TRY(before, store::decode<ChangeRecord>(*bytes));
    }
    if (const auto now = merged(before, std::move(change))) {
      tx.put(place, store::encode(*now));
    } else {
      tx.erase(place);
    }
  }
  co_return !page.more;
}

// A data file that is made of rows, and the record as it is then.
struct Packed {
  ExportRecord record;
  ExportFile file;
  std::string bytes;
};

// The lines of rows, and what they amount to.
Result<std::string> lines_of(const store::Page& page, ExportRecord& record, ExportFile& file) {
  std::string text;
  for (const store::Row& row : page.rows) {
    if (record.incremental()) {
      TRY_SYNC(const auto change, store::decode<ChangeRecord>(row.value));
      TRY_SYNC_VOID(append_change(record, change, text));
      record.bytes += static_cast<int64_t>(change.size_bytes);
    } else {
      TRY_SYNC(const auto item, store::decode<ItemRecord>(row.value));
      TRY_SYNC_VOID(append_item(record, item, text));
      record.bytes += static_cast<int64_t>(item.size_bytes);
    }
    ++file.items;
  }
  record.items += file.items;
  ++record.files;
  return text;
}

Result<Packed> pack(const store::Page& page, ExportRecord record, std::string key) {
  Packed packed{.record = std::move(record), .file = {.key = std::move(key)}, .bytes = {}};
  TRY_SYNC(const std::string text, lines_of(page, packed.record, packed.file));
  packed.bytes = deflate(text, Deflate::kGzip);
  packed.file.md5 = base64_encode(md5(packed.bytes));
  return packed;
}

Error table_gone(const PartRef& ref) {
  return {.code = "TableNotFound",
          .message = "The table " + ref.table.name + " or its point in time recovery is gone"};
}

bool is_final(const Error& error) {
  return delivery::AskerClient::is_refusal(error) || error.code == "TableNotFound";
}

}  // namespace

Async<Progress> ExportWorker::step(PartRef ref) {
  auto read = [&](store::Transaction& tx) -> Async<std::optional<ExportRecord>> {
    const store::Key jobs("dynamodb.exports", ref.table.account, ref.table.region);
    co_return co_await store::Table<ExportRecord>(tx, jobs).get(store::Key(ref.id));
  };
  TRY(auto record, co_await parts_.store.read(read));
  if (!record) co_return Progress::kDone;
  ref.table.name = record->table_name;
  Job job{.ref = std::move(ref), .record = *std::move(record)};
  const auto progress = co_await take(job);
  if (progress || !is_final(progress.error())) co_return progress;
  job.record.status = JobStatus::kFailed;
  job.record.failure_code = progress.error().code;
  job.record.failure_message = progress.error().message;
  job.record.ended_ms = now_ms(parts_.clock);
  TRY_VOID(co_await end(job));
  co_return Progress::kDone;
}

Async<Progress> ExportWorker::take(Job& job) {
  switch (job.record.stage) {
    case ExportStage::kAnnouncing:
      co_return co_await announce(job);
    case ExportStage::kCopying:
      co_return Progress::kDone;
    case ExportStage::kGathering:
      co_return co_await gather(job);
    case ExportStage::kWriting:
      co_return co_await write_file(job);
    case ExportStage::kClosing:
      co_return co_await close(job);
  }
  co_return Progress::kDone;
}

Async<Progress> ExportWorker::announce(Job& job) {
  TRY_VOID(co_await put(job, export_key(job.record, job.ref.id, "_started"), {}));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const auto table, co_await parts_.catalog.find(tx, job.ref.table));
    const bool there = table && table->record.id == job.record.table_id && table->record.log.recovery;
    if (!there) co_return table_gone(job.ref);
    TableRecord held = table->record;
    hold_log(held.log, held.log.number);
    ExportRecord record = job.record;
    record.stage = record.incremental() ? ExportStage::kGathering : ExportStage::kCopying;
    if (!record.incremental()) {
      TableCopies::ask(tx, record.number,
                       {.account = job.ref.table.account,
                        .region = job.ref.table.region,
                        .source_number = held.number,
                        .source_table = job.ref.table.name,
                        .as_of_ms = record.to_ms,
                        .target_export = job.ref.id});
    }
    put_with_log(tx, job.ref.table, std::move(held));
    tx.put(job_key(job.ref).bytes(), store::encode(record));
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return Progress::kMore;
}

Async<Progress> ExportWorker::gather(Job& job) {
  // What was begun before the last moment may be committed a little later.
  if (now_ms(parts_.clock) < job.record.to_ms + kLateMs) co_return Progress::kLater;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const auto table, co_await parts_.catalog.find(tx, job.ref.table));
    if (!table) co_return table_gone(job.ref);  // which is not deleted while its log is held
    const Table target{
        .ref = {},
        .record = {
            .number = job.record.number, .attributes = table->record.attributes, .keys = table->record.keys}};
    ExportRecord record = job.record;
    store::KeyRange rest = log_prefix(table->record.log.number).under();
    if (!record.reached.empty()) rest.begin = store::key_after(record.reached);
    store::ScanOptions scan{
        .range = std::move(rest), .rows_max = kChangesAtOnce, .bytes_max = kChangeBytesAtOnce};
    TRY(const store::Page page, co_await tx.scan(std::move(scan), store::Isolation::kSnapshot));
    TRY(const bool done, co_await take_changes(tx, target, page, record));
    if (done) {
      record.reached.clear();
      record.stage = ExportStage::kWriting;
      TableRecord released = table->record;
      release_log(released.log);
      put_with_log(tx, job.ref.table, std::move(released));
    }
    tx.put(job_key(job.ref).bytes(), store::encode(record));
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return Progress::kMore;
}

Async<Progress> ExportWorker::write_file(Job& job) {
  ExportRecord record = job.record;
  auto read = [&](store::Transaction& tx) -> Async<store::Page> {
    store::KeyRange rest = items_prefix(record.number).under();
    if (!record.reached.empty()) rest.begin = store::key_after(record.reached);
    co_return co_await tx.scan({.range = std::move(rest), .rows_max = kFileRows, .bytes_max = kFileBytes});
  };
  TRY(store::Page page, co_await parts_.store.read(read));
  const int64_t number = record.files;
  const std::string last = page.more ? page.rows.back().key : "";
  TRY(Packed packed, co_await pool_.run([page = std::move(page), record,
                                         key = data_key(record, job.ref.id, number)]() mutable {
    return pack(page, std::move(record), std::move(key));
  }));
  record = std::move(packed.record);
  ExportFile file = std::move(packed.file);
  TRY(file.etag, co_await put(job, file.key, std::move(packed.bytes)));
  if (!last.empty()) {
    record.reached = last;
  } else {
    record.stage = ExportStage::kClosing;
  }
  auto keep = [&](store::Transaction& tx) -> Async<void> {
    tx.put((files_prefix(job.ref) + store::Key(static_cast<uint64_t>(number))).bytes(), store::encode(file));
    tx.put(job_key(job.ref).bytes(), store::encode(record));
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(keep));
  co_return Progress::kMore;
}

Async<Progress> ExportWorker::close(Job& job) {
  auto read = [&](store::Transaction& tx) -> Async<std::string> {
    TRY(const auto files, co_await store::Table<ExportFile>(tx, files_prefix(job.ref)).all());
    std::string text;
    for (const auto& file : files) text += manifest_line(file.record);
    co_return text;
  };
  TRY(std::string files, co_await parts_.store.read(read));
  TRY_VOID(co_await put_manifest(job, "manifest-files", std::move(files)));
  job.record.status = JobStatus::kCompleted;
  job.record.ended_ms = now_ms(parts_.clock);
  TRY_VOID(co_await put_manifest(job, "manifest-summary", manifest_summary(job.record, job.ref)));
  TRY_VOID(co_await end(job));
  co_return Progress::kDone;
}

Async<std::string> ExportWorker::put(const Job& job, std::string key, std::string bytes) {
  const ExportRecord& record = job.record;
  json::object input{{"Bucket", record.bucket}, {"Key", std::move(key)}, {"Body", std::move(bytes)}};
  if (!record.bucket_owner.empty()) input["ExpectedBucketOwner"] = record.bucket_owner;
  if (!record.sse_algorithm.empty()) {
    input["ServerSideEncryption"] = record.sse_algorithm == "KMS" ? "aws:kms" : record.sse_algorithm;
  }
  if (!record.kms_key_id.empty()) input["SSEKMSKeyId"] = record.kms_key_id;
  TRY(const json::object answer, co_await client_.s3(record.asker, "PutObject", std::move(input)));
  std::string etag = text_member(answer, "ETag");
  std::erase(etag, '"');
  co_return etag;
}

Async<void> ExportWorker::put_manifest(const Job& job, std::string name, std::string text) {
  const std::string key = export_key(job.record, job.ref.id, name);
  std::string checksum = base64_encode(md5(text));
  TRY_VOID(co_await put(job, key + ".json", std::move(text)));
  TRY_VOID(co_await put(job, key + ".md5", std::move(checksum)));
  co_return {};
}

Async<void> ExportWorker::end(Job& job) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    tx.put(job_key(job.ref).bytes(), store::encode(job.record));
    tx.erase(task_key(job.ref).bytes());
    tx.erase_range(files_prefix(job.ref).under());
    erase_items(tx, job.record.number);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
