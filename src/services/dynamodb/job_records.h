// Exports and imports, as they are kept. Both go on in the background, so each holds how far it came.
//
// ("dynamodb.exports", account, region, id)      ExportRecord
// ("dynamodb.export_files", id, number)          ExportFile: what was written to the bucket
// ("dynamodb.exporting", account, region, id)    it is under way
// ("dynamodb.imports", account, region, id)      ImportRecord
// ("dynamodb.importing", account, region, id)    it is under way
// What is exported lies under a number as the items of a table do (records.h), while it is under way: copies
// of items, or in incremental exports a ChangeRecord for each, with what it was at first and is at last.
#pragma once
#include <string>

#include "delivery/asker.h"
#include "services/dynamodb/part_ref.h"
#include "services/dynamodb/records.h"
#include "store/table.h"

namespace hearth::services::dynamodb {

// Whose rights a job reads and writes buckets with.
using delivery::Asker;

enum class JobStatus : uint8_t { kInProgress = 0, kCompleted = 1, kFailed = 2 };

enum class ExportStage : uint8_t {
  kAnnouncing = 0,  // nothing is done yet
  kCopying = 1,     // the table as it was, to the export's number (table_copies.h)
  kGathering = 2,   // changes from the table's log, by item
  kWriting = 3,     // data files
  kClosing = 4,     // manifests
};

struct ExportRecord {
  std::string table_name;
  std::string table_id;
  uint64_t number = 0;  // what is exported lies under it, while it is under way
  Asker asker;
  std::string client_token;
  std::string request_sha256;
  JobStatus status = JobStatus::kInProgress;
  std::string failure_code;
  std::string failure_message;
  int64_t started_ms = 0;
  int64_t ended_ms = 0;
  std::string bucket;
  std::string bucket_owner;
  std::string prefix;
  std::string sse_algorithm;
  std::string kms_key_id;
  std::string format;   // DYNAMODB_JSON, ION
  int64_t from_ms = 0;  // of incremental ones
  int64_t to_ms = 0;    // or the moment of a full one
  std::string view;     // empty: a full export
  ExportStage stage = ExportStage::kAnnouncing;
  std::string reached;  // in that stage, as a key; empty at first
  bool begun = false;   // when gathering: the first change was found
  int64_t items = 0;
  int64_t bytes = 0;
  int64_t files = 0;

  bool incremental() const { return !view.empty(); }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.table_name);
    visit(2, self.table_id);
    visit(3, self.number);
    visit(4, self.asker);
    visit(5, self.client_token);
    visit(6, self.request_sha256);
    visit(7, self.status);
    visit(8, self.failure_code);
    visit(9, self.failure_message);
    visit(10, self.started_ms);
    visit(11, self.ended_ms);
    visit(12, self.bucket);
    visit(13, self.bucket_owner);
    visit(14, self.prefix);
    visit(15, self.sse_algorithm);
    visit(16, self.kms_key_id);
    visit(17, self.format);
    visit(18, self.from_ms);
    visit(19, self.to_ms);
    visit(20, self.view);
    visit(21, self.stage);
    visit(22, self.reached);
    visit(23, self.items);
    visit(24, self.bytes);
    visit(25, self.files);
    visit(26, self.begun);
  }
};

struct ExportFile {
  std::string key;
  std::string etag;
  std::string md5;  // base64
  int64_t items = 0;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.key);
    visit(2, self.etag);
    visit(3, self.md5);
    visit(4, self.items);
  }
};

struct ImportRecord {
  std::string table_name;
  TableRecord table;  // as it was made
  Asker asker;
  std::string client_token;
  std::string request_sha256;
  JobStatus status = JobStatus::kInProgress;
  std::string failure_code;
  std::string failure_message;
  int64_t started_ms = 0;
  int64_t ended_ms = 0;
  std::string bucket;
  std::string bucket_owner;
  std::string prefix;
  std::string format;                // DYNAMODB_JSON, CSV, ION
  std::string compression;           // NONE, GZIP, ZSTD
  std::string delimiter;             // of CSV; empty: not given
  std::vector<std::string> headers;  // likewise
  std::string done_key;              // the last object that was read to its end; they are read in order
  int64_t objects = 0;
  int64_t bytes = 0;
  int64_t processed = 0;
  int64_t imported = 0;
  int64_t errors = 0;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.table_name);
    visit(2, self.table);
    visit(3, self.asker);
    visit(4, self.client_token);
    visit(5, self.request_sha256);
    visit(6, self.status);
    visit(7, self.failure_code);
    visit(8, self.failure_message);
    visit(9, self.started_ms);
    visit(10, self.ended_ms);
    visit(11, self.bucket);
    visit(12, self.bucket_owner);
    visit(13, self.prefix);
    visit(14, self.format);
    visit(15, self.compression);
    visit(16, self.delimiter);
    visit(17, self.headers);
    visit(18, self.done_key);
    visit(19, self.objects);
    visit(20, self.bytes);
    visit(21, self.processed);
    visit(22, self.imported);
    visit(23, self.errors);
  }
};

inline store::Key job_key(const PartRef& ref) {
  return store::Key("dynamodb." + ref.kind + "s", ref.table.account, ref.table.region, ref.id);
}
// The row that says that it is under way.
inline store::Key task_prefix(const std::string& kind) {
  return store::Key("dynamodb." + kind + "ing");
}
inline store::Key task_key(const PartRef& ref) {
  return task_prefix(ref.kind) + store::Key(ref.table.account, ref.table.region, ref.id);
}

}  // namespace hearth::services::dynamodb
