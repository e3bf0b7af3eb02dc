#include "services/dynamodb/export_files.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "services/dynamodb/item/ion_text.h"
#include "services/dynamodb/item/value_json.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::string_view kFolder = "AWSDynamoDB/";

std::string folder_of(const ExportRecord& record) {
  std::string folder = record.prefix;
  if (!folder.empty() && !folder.ends_with('/')) folder += '/';
  return folder.append(kFolder);
}

bool is_ion(const ExportRecord& record) {
  return record.format == "ION";
}

Status append_ion(std::string_view name, const std::string& item_json, std::string& text) {
  TRY_SYNC(const Item item, read_item(item_json));
  text.append(name).append(":");
  write_ion(item, text);
  return {};
}

json::value or_null(const std::string& text) {
  return text.empty() ? json::value() : json::value(text);
}

}  // namespace

std::string export_key(const ExportRecord& record, const std::string& id, std::string_view name) {
  return folder_of(record).append(id).append("/").append(name);
}

std::string data_key(const ExportRecord& record, const std::string& id, int64_t number) {
  constexpr size_t kNameDigits = 26;
  const std::string name = hex_encode(sha256(id + "/" + std::to_string(number))).substr(0, kNameDigits);
  // Incremental exports share one folder.
  const std::string folder =
      record.incremental() ? folder_of(record) + "data/" : export_key(record, id, "data/");
  return folder + name + (is_ion(record) ? ".ion.gz" : ".json.gz");
}

Status append_item(const ExportRecord& record, const ItemRecord& item, std::string& text) {
  if (!is_ion(record)) {
    text.append(R"({"Item":)").append(item.json).append("}\n");
    return {};
  }
  text += "$ion_1_0 {";
  TRY_SYNC_VOID(append_ion("Item", item.json, text));
  text += "}\n";
  return {};
}

Status append_change(const ExportRecord& record, const ChangeRecord& change, std::string& text) {
  constexpr int64_t kMicros = 1000;
  const std::string micros = std::to_string(change.created_ms * kMicros);
  const bool tells_old = !change.old_image.empty() && record.view == "NEW_AND_OLD_IMAGES";
  if (!is_ion(record)) {
    text.append(R"({"Metadata":{"WriteTimestampMicros":{"N":")").append(micros).append(R"("}},"Keys":)");
    text += change.keys;
    if (!change.new_image.empty()) text.append(R"(,"NewImage":)").append(change.new_image);
    if (tells_old) text.append(R"(,"OldImage":)").append(change.old_image);
    text += "}\n";
    return {};
  }
  text.append("$ion_1_0 {Record:{Metadata:{WriteTimestampMicros:").append(micros).append(".},");
  TRY_SYNC_VOID(append_ion("Keys", change.keys, text));
  if (!change.new_image.empty()) {
    TRY_SYNC_VOID(append_ion(",NewImage", change.new_image, text));
  }
  if (tells_old) {
    TRY_SYNC_VOID(append_ion(",OldImage", change.old_image, text));
  }
  text += "}}\n";
  return {};
}

std::string manifest_line(const ExportFile& file) {
  const json::object line{
      {"itemCount", file.items}, {"md5Checksum", file.md5}, {"etag", file.etag}, {"dataFileS3Key", file.key}};
  return json::serialize(line) + "\n";
}

std::string manifest_summary(const ExportRecord& record, const PartRef& ref) {
  const auto time = [](int64_t ms) { return iso8601_ms(from_epoch_ms(ms)); };
  json::object summary{{"version", record.incremental() ? "2023-08-01" : "2020-06-30"},
                       {"exportArn", ref.arn()},
                       {"startTime", time(record.started_ms)},
                       {"endTime", time(record.ended_ms)},
                       {"tableArn", ref.table.arn()},
                       {"tableId", record.table_id}};
  if (record.incremental()) {
    summary["exportFromTime"] = time(record.from_ms);
    summary["exportToTime"] = time(record.to_ms);
  } else {
    summary["exportTime"] = time(record.to_ms);
  }
  summary["s3Bucket"] = record.bucket;
  summary["s3Prefix"] = or_null(record.prefix);
  summary["s3SseAlgorithm"] = record.sse_algorithm.empty() ? "AES256" : record.sse_algorithm;
  summary["s3SseKmsKeyId"] = or_null(record.kms_key_id);
  summary["manifestFilesS3Key"] = export_key(record, ref.id, "manifest-files.json");
  summary["billedSizeBytes"] = record.bytes;
  summary["itemCount"] = record.items;
  summary["outputFormat"] = record.format;
  if (record.incremental()) summary["outputView"] = record.view;
  summary["exportType"] = record.incremental() ? "INCREMENTAL_EXPORT" : "FULL_EXPORT";
  return json::serialize(summary);
}

}  // namespace hearth::services::dynamodb
