#include "services/dynamodb/import_worker.h"

#include "base/log.h"
#include "base/text_member.h"
#include "services/dynamodb/imports.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/limits.h"

namespace hearth::services::dynamodb {
namespace {

constexpr int64_t kRangeBytes = 4 * 1024 * 1024;
constexpr size_t kTextBytesAtOnce = 1024 * 1024;
constexpr size_t kItemsAtOnce = 250;
// A transaction holds each item once for every index that it is in.
constexpr size_t kItemBytesAtOnce = 256 * 1024;
// Of one part of an object; more are counted only.
constexpr size_t kToldMax = 1000;

Compression compression_of(const ImportRecord& record) {
  return record.compression == "GZIP"   ? Compression::kGzip
         : record.compression == "ZSTD" ? Compression::kZstd
                                        : Compression::kNone;
}

LineFormat format_of(const ImportRecord& record) {
  LineFormat format{.kind = record.format == "CSV"   ? LineFormat::Kind::kCsv
                            : record.format == "ION" ? LineFormat::Kind::kIon
                                                     : LineFormat::Kind::kJson,
                    .headers = record.headers};
  if (!record.delimiter.empty()) format.delimiter = record.delimiter[0];
  for (const KeyAttribute& attribute : record.table.attributes) format.types[attribute.name] = attribute.type;
  return format;
}

json::object source_of(const ImportRecord& record) {
  json::object input{{"Bucket", record.bucket}};
  if (!record.bucket_owner.empty()) input["ExpectedBucketOwner"] = record.bucket_owner;
  return input;
}

Status check_item(const Table& table, const Item& item) {
  TRY_SYNC_VOID(key_of_item(table, item));
  TRY_SYNC_VOID(check_index_keys(table, item, WriteForm::kPut));
  if (size_bytes(item) <= limits::kItemBytesMax) return {};
  return fail(errors::validation("Item size has exceeded the maximum allowed size"));
}

std::string told_of(const PartRef& ref, const std::string& bucket, const std::string& key, int64_t item,
                    const std::string& message) {
  const json::object told{{"itemS3Pointer", {{"bucket", bucket}, {"key", key}, {"itemIndex", item}}},
                          {"importArn", ref.arn()},
                          {"errorMessages", json::array{message}}};
  return json::serialize(told);
}

// S3 says less of what is not there than the import does.
std::string failure_of(const Error& error) {
  if (error.code != "S3NoSuchBucket") return error.message;
  return "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: "
         "NoSuchBucket)";
}

}  // namespace

Async<Progress> ImportWorker::step(PartRef ref) {
  auto read = [&](store::Transaction& tx) -> Async<std::optional<ImportRecord>> {
    const store::Key jobs("dynamodb.imports", ref.table.account, ref.table.region);
    co_return co_await store::Table<ImportRecord>(tx, jobs).get(store::Key(ref.id));
  };
  TRY(auto record, co_await parts_.store.read(read));
  if (!record) co_return Progress::kDone;
  ref.table.name = record->table_name;
  Job job{.ref = std::move(ref), .record = *std::move(record)};
  const auto progress = co_await take(job);
  if (progress) co_return progress;
  // What was read of the object in memory may not have been written.
  readings_.erase(job.ref.id);
  if (!delivery::AskerClient::is_refusal(progress.error())) co_return progress;
  job.record.status = JobStatus::kFailed;
  job.record.failure_code = progress.error().code;
  job.record.failure_message = failure_of(progress.error());
  TRY_VOID(co_await end(job));
  co_return Progress::kDone;
}

Async<Progress> ImportWorker::take(Job& job) {
  auto found = readings_.find(job.ref.id);
  if (found == readings_.end()) {
    TRY(auto next, co_await next_object(job));
    if (!next && job.record.objects == 0) {
      co_return Error{.code = "S3NoSuchKey",
                      .message = "There are no objects under the prefix: " + job.record.prefix};
    }
    if (!next) {
      const bool whole = job.record.errors == 0;
      job.record.status = whole ? JobStatus::kCompleted : JobStatus::kFailed;
      if (!whole) {
        job.record.failure_code = "ItemValidationError";
        job.record.failure_message =
            "Some of the items failed validation checks and were not imported. Please check CloudWatch error "
            "logs for more details.";
      }
      TRY_VOID(co_await end(job));
      co_return Progress::kDone;
    }
    found = readings_.emplace(job.ref.id, *std::move(next)).first;
  }
  Reading& reading = found->second;
  TRY_VOID(co_await read_some(job, reading));
  TRY_VOID(co_await tell(job, reading));
  if (reading.offset < reading.size_bytes && !reading.lines.broken()) co_return Progress::kMore;
  TRY_VOID(co_await close(job, reading));
  readings_.erase(found);
  co_return Progress::kMore;
}

Async<std::optional<ImportWorker::Reading>> ImportWorker::next_object(const Job& job) {
  json::object input = source_of(job.record);
  input["Prefix"] = job.record.prefix;
  input["MaxKeys"] = 1;
  if (!job.record.done_key.empty()) input["StartAfter"] = job.record.done_key;
  TRY(const json::object answer, co_await client_.s3(job.record.asker, "ListObjectsV2", std::move(input)));
  const json::value* contents = answer.if_contains("Contents");
  if (!contents || contents->as_array().empty()) co_return std::optional<Reading>();
  const json::object& object = contents->as_array().front().as_object();
  co_return std::optional<Reading>({.key = text_member(object, "Key"),
                                    .etag = text_member(object, "ETag"),
                                    .size_bytes = object.at("Size").to_number<int64_t>(),
                                    .decompressor = Decompressor(compression_of(job.record)),
                                    .lines = ItemLines(format_of(job.record))});
}

Async<void> ImportWorker::read_some(const Job& job, Reading& reading) {
  const auto refuse = [&](const Error& error) {
    ++reading.errors;
    reading.told.push_back(
        told_of(job.ref, job.record.bucket, reading.key, reading.processed, error.message));
  };
  std::string bytes;
  if (reading.size_bytes > 0) {
    const int64_t last = std::min(reading.offset + kRangeBytes, reading.size_bytes) - 1;
    json::object input = source_of(job.record);
    input["Key"] = reading.key;
    input["IfMatch"] = reading.etag;
    input["Range"] = "bytes=" + std::to_string(reading.offset) + "-" + std::to_string(last);
    TRY(const json::object answer, co_await client_.s3(job.record.asker, "GetObject", std::move(input)));
    bytes = text_member(answer, "Body");
    reading.offset = last + 1;
  }
  std::string_view piece = bytes;
  for (bool more = true; more && !reading.lines.broken();) {
    std::string text;
    const Status taken = reading.decompressor.take(piece, text, kTextBytesAtOnce);
    more = !piece.empty() || !text.empty();
    reading.lines.add(text);
    TRY_VOID(co_await import_lines(job, reading));
    if (!taken) {
      refuse(taken.error());
      reading.offset = reading.size_bytes;  // nothing of it can be read any more
      break;
    }
  }
  if (reading.offset < reading.size_bytes) co_return {};
  reading.lines.end();
  TRY_VOID(co_await import_lines(job, reading));
  if (!reading.decompressor.complete() && reading.errors == 0) {
    refuse({.code = "Malformed", .message = "The object ends before its data does"});
  }
  co_return {};
}

Async<void> ImportWorker::import_lines(const Job& job, Reading& reading) {
  const Table table{.ref = job.ref.table, .record = job.record.table};
  std::vector<Item> items;
  size_t bytes = 0;
  for (;;) {
    auto item = reading.lines.next();
    const bool last = !item;
    if (item) {
      const Status good = *item ? check_item(table, **item) : std::unexpected(item->error());
      if (good) {
        bytes += size_bytes(**item);
        items.push_back(**std::move(item));
      } else {
        ++reading.errors;
        if (reading.told.size() < kToldMax) {
          reading.told.push_back(
              told_of(job.ref, job.record.bucket, reading.key, reading.processed, good.error().message));
        }
      }
      ++reading.processed;
    }
    const bool full = items.size() >= kItemsAtOnce || bytes >= kItemBytesAtOnce;
    if ((full || last) && !items.empty()) {
      reading.imported += static_cast<int64_t>(items.size());
      TRY_VOID(co_await write(job, std::exchange(items, {})));
      bytes = 0;
    }
    if (last) co_return {};
  }
}

Async<void> ImportWorker::write(const Job& job, std::vector<Item> items) {
  const TimePoint now = parts_.clock.now();
  auto body = [&](store::Transaction& tx) -> Async<void> {
    TRY(const auto table, co_await parts_.catalog.find(tx, job.ref.table));
    if (!table) co_return Error{.code = "StoreCorrupt", .message = "an import lacks its table"};
    for (const Item& item : items) {
      TRY(const KeyValues key, key_of_item(*table, item));
      TRY(const auto old, co_await read_item_record(tx, item_key(table->record.number, key)));
      TRY_VOID(write_item(tx, *table, {.key = key, .old = old, .item = &item, .now = now}));
    }
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

// As far as the caller may write there.
Async<void> ImportWorker::tell(const Job& job, Reading& reading) {
  if (reading.told.empty()) co_return {};
  const std::string stream = job.ref.id + "/error";
  const json::object group{{"logGroupName", kImportLogGroup}};
  json::object named{{"logGroupName", kImportLogGroup}, {"logStreamName", stream}};
  json::object events = named;
  json::array& list = events["logEvents"].emplace_array();
  for (std::string& told : reading.told) {
    list.push_back(json::object{{"timestamp", now_ms(parts_.clock)}, {"message", std::move(told)}});
  }
  reading.told.clear();
  // The first two are there already, most times.
  (void)co_await client_.call(job.record.asker, "logs", "CreateLogGroup", group);
  (void)co_await client_.call(job.record.asker, "logs", "CreateLogStream", std::move(named));
  const auto put = co_await client_.call(job.record.asker, "logs", "PutLogEvents", std::move(events));
  if (!put) log::warn("the errors of {} are not in the logs: {}", job.ref.arn(), put.error().message);
  co_return {};
}

Async<void> ImportWorker::close(Job& job, const Reading& reading) {
  ImportRecord& record = job.record;
  record.done_key = reading.key;
  ++record.objects;
  record.bytes += reading.size_bytes;
  record.processed += reading.processed;
  record.imported += reading.imported;
  record.errors += reading.errors;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    tx.put(job_key(job.ref).bytes(), store::encode(record));
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> ImportWorker::end(Job& job) {
  job.record.ended_ms = now_ms(parts_.clock);
  const bool refused = !job.record.failure_code.empty() && job.record.failure_code != "ItemValidationError";
  auto body = [&](store::Transaction& tx) -> Async<void> {
    tx.put(job_key(job.ref).bytes(), store::encode(job.record));
    tx.erase(task_key(job.ref).bytes());
    TRY(const auto table, co_await parts_.catalog.find(tx, job.ref.table));
    if (!table) co_return {};
    if (!refused) {
      TableRecord record = table->record;
      record.status = TableStatus::kActive;
      tx.put(job.ref.table.key().bytes(), store::encode(record));
      co_return {};
    }
    tx.erase(job.ref.table.key().bytes());
    erase_items(tx, table->record.number);
    for (const IndexRecord& index : table->record.indexes) erase_items(tx, index.number);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::dynamodb
