// What DynamoDB keeps in the store.
//
// ("dynamodb", account, region):
//   ("table", name)                      TableRecord
// ("dynamodb.items", number)             what is in the table of that number, and in each of its indexes; see
//                                        item_keys.h. Numbers are never given twice.
// ("dynamodb.counts", number)            items and bytes in it, as counters (Counts)
// ("dynamodb.streams", account, region):
//   (table's name, label)                StreamRecord
// ("dynamodb.changes", number, stamp)    ChangeRecord: what a stream tells, in the order of the commits
// ("dynamodb.forwarding", number)        ForwardRecord: the changes of that number are to go to a data stream
// ("dynamodb.filling", account, region, table)   an index of that table, or its times to live, are to be
// filled
// ("dynamodb.expiry", second, number, item's key) ExpiryRecord: an item of the table of that number expires
// then
// ("dynamodb.log", number, stamp)        ChangeRecord with both images: what a table can be taken back by
// (table_log.h)
// ("dynamodb.logs", account, region, table)      LogRecord: the log that a table keeps
// ("dynamodb.backups", account, region, id)      BackupRecord; its items lie under a number of their own
// ("dynamodb.copies", number)            CopyRecord: a copy of a table, under way to that number
// (table_copies.h)
// ("dynamodb.copy_starts", number)       the stamp of the commit that asked for it
// ("dynamodb.tokens", account, token)    TokenRecord: transactions that may be asked for again
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/item/key_schema.h"
#include "store/table.h"

namespace hearth::services::dynamodb {

using Tags = std::map<std::string, std::string>;

enum class TableStatus : uint8_t { kActive = 0, kCreating = 1, kUpdating = 2, kDeleting = 3 };
enum class IndexStatus : uint8_t { kActive = 0, kCreating = 1, kUpdating = 2, kDeleting = 3 };
enum class ProjectionType : uint8_t { kAll = 0, kKeysOnly = 1, kInclude = 2 };

// Capacity that was provisioned, and how it was changed. 0: on demand.
struct ThroughputRecord {
  int64_t read = 0;
  int64_t write = 0;
  int64_t increased_ms = 0;
  int64_t decreased_ms = 0;
  int64_t decreases_today = 0;
  // Of on-demand tables; 0: as much as it takes.
  int64_t read_max = 0;
  int64_t write_max = 0;
  // As they were asked for; 0: as the billing mode has it.
  int64_t warm_read = 0;
  int64_t warm_write = 0;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.read);
    visit(2, self.write);
    visit(3, self.increased_ms);
    visit(4, self.decreased_ms);
    visit(5, self.decreases_today);
    visit(6, self.read_max);
    visit(7, self.write_max);
    visit(8, self.warm_read);
    visit(9, self.warm_write);
  }
};

struct IndexRecord {
  std::string name;
  uint64_t number = 0;
  bool local = false;
  KeySchema keys;
  ProjectionType projection = ProjectionType::kAll;
  std::vector<std::string> non_keys;  // of kInclude
  IndexStatus status = IndexStatus::kActive;
  ThroughputRecord throughput;
  // While it is created: what of the table has been looked at, as a key; empty at first.
  std::string backfilled;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
    visit(2, self.number);
    visit(3, self.local);
    visit(4, self.keys);
    visit(5, self.projection);
    visit(6, self.non_keys);
    visit(7, self.status);
    visit(8, self.throughput);
    visit(9, self.backfilled);
  }
};

// The stream that a table has now, or had last.
struct TableStream {
  bool enabled = false;
  std::string view;   // NEW_AND_OLD_IMAGES…; empty: there never was one
  std::string label;  // 2026-01-31T12:34:56.789
  uint64_t number = 0;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.enabled);
    visit(2, self.view);
    visit(3, self.label);
    visit(4, self.number);
  }
};

// A data stream that the table's changes go to, or once went to.
struct StreamDestination {
  std::string stream_arn;
  bool active = false;
  bool microseconds = false;  // times are told in
  uint64_t number = 0;        // under which changes wait
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.stream_arn);
    visit(2, self.active);
    visit(3, self.microseconds);
    visit(4, self.number);
  }
};

struct TimeToLive {
  bool enabled = false;
  std::string attribute;
  int64_t changed_ms = 0;
  // While the items that were there before are looked at: up to which, as a key.
  bool filling = false;
  std::string filled;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.enabled);
    visit(2, self.attribute);
    visit(3, self.changed_ms);
    visit(4, self.filling);
    visit(5, self.filled);
  }
};

// The log of its changes that a table keeps while it can be restored to points in time, and while it is
// copied.
struct TableLog {
  uint64_t number = 0;  // 0: none
  int64_t copies = 0;   // that are under way
  bool recovery = false;
  int64_t recovery_since_ms = 0;
  int64_t recovery_days = 0;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.number);
    visit(2, self.copies);
    visit(3, self.recovery);
    visit(4, self.recovery_since_ms);
    visit(5, self.recovery_days);
  }
};

// What a restored table was made of.
struct Restored {
  std::string table_arn;  // empty: the table was not restored
  std::string backup_arn;
  int64_t as_of_ms = 0;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.table_arn);
    visit(2, self.backup_arn);
    visit(3, self.as_of_ms);
  }
};

struct TableRecord {
  uint64_t number = 0;
  std::string id;  // UUID
  int64_t created_ms = 0;
  TableStatus status = TableStatus::kActive;
  std::vector<KeyAttribute> attributes;  // as they were defined
  KeySchema keys;
  std::vector<IndexRecord> indexes;
  bool on_demand = false;
  int64_t on_demand_since_ms = 0;
  ThroughputRecord throughput;
  std::string table_class;  // empty: STANDARD
  int64_t table_class_ms = 0;
  bool is_protected = false;
  std::string kms_key_arn;  // empty: the service's own key
  TableStream stream;
  TimeToLive ttl;
  Tags tags;
  std::string policy;
  std::string policy_revision;
  TableLog log;
  Restored restored;
  std::vector<StreamDestination> destinations;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.number);
    visit(2, self.id);
    visit(3, self.created_ms);
    visit(4, self.status);
    visit(5, self.attributes);
    visit(6, self.keys);
    visit(7, self.indexes);
    visit(8, self.on_demand);
    visit(9, self.on_demand_since_ms);
    visit(10, self.throughput);
    visit(11, self.table_class);
    visit(12, self.table_class_ms);
    visit(13, self.is_protected);
    visit(14, self.kms_key_arn);
    visit(15, self.stream);
    visit(16, self.ttl);
    visit(17, self.tags);
    visit(18, self.policy);
    visit(19, self.policy_revision);
    visit(20, self.log);
    visit(21, self.restored);
    visit(22, self.destinations);
  }
};

// An item in the table, or what of it is projected into an index: as the text that it is answered with.
struct ItemRecord {
  std::string json;
  uint64_t size_bytes = 0;  // as the service counts them
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.json);
    visit(2, self.size_bytes);
  }
};

struct StreamRecord {
  uint64_t number = 0;
  std::string view;
  KeySchema keys;
  int64_t created_ms = 0;
  int64_t ended_ms = 0;  // 0: it goes on
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.number);
    visit(2, self.view);
    visit(3, self.keys);
    visit(4, self.created_ms);
    visit(5, self.ended_ms);
  }
};

enum class ChangeKind : uint8_t { kInsert = 0, kModify = 1, kRemove = 2 };

// One write of one item; images that the stream does not show are left out.
struct ChangeRecord {
  ChangeKind kind = ChangeKind::kInsert;
  int64_t created_ms = 0;
  std::string keys;
  std::string new_image;
  std::string old_image;
  uint64_t size_bytes = 0;
  bool expired = false;    // by its time to live
  int64_t created_us = 0;  // of what goes to data streams; 0 elsewhere
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.kind);
    visit(2, self.created_ms);
    visit(3, self.keys);
    visit(4, self.new_image);
    visit(5, self.old_image);
    visit(6, self.size_bytes);
    visit(7, self.expired);
    visit(8, self.created_us);
  }
};

// Where the changes of one number go, and which table they are of.
struct ForwardRecord {
  std::string account;
  std::string region;
  std::string table;
  std::string stream_arn;
  bool microseconds = false;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
    visit(2, self.region);
    visit(3, self.table);
    visit(4, self.stream_arn);
    visit(5, self.microseconds);
  }
};

struct TokenRecord {
  std::string request_sha256;
  int64_t created_ms = 0;
  // What the transaction consumed, by table: units as reads, for those who ask again.
  std::map<std::string, int64_t> read_units;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.request_sha256);
    visit(2, self.created_ms);
    visit(3, self.read_units);
  }
};

struct ExpiryRecord {
  std::string account;
  std::string region;
  std::string table;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
    visit(2, self.region);
    visit(3, self.table);
  }
};

struct LogRecord {
  uint64_t number = 0;
  int64_t kept_days = 0;  // 0: nothing is let go of for now
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.number);
    visit(2, self.kept_days);
  }
};

struct BackupRecord {
  std::string name;
  std::string table_name;
  TableRecord table;    // as it was
  uint64_t number = 0;  // of the copied items
  int64_t created_ms = 0;
  bool available = false;
  int64_t items = 0;
  int64_t bytes = 0;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
    visit(2, self.table_name);
    visit(3, self.table);
    visit(4, self.number);
    visit(5, self.created_ms);
    visit(6, self.available);
    visit(7, self.items);
    visit(8, self.bytes);
  }
};

enum class CopyStage : uint8_t { kCopying = 0, kSeeking = 1, kUndoing = 2 };

struct CopyRecord {
  std::string account;
  std::string region;
  uint64_t source_number = 0;
  std::string source_table;   // empty: a backup, which does not change
  int64_t as_of_ms = 0;       // 0: as it was when the copy was asked for
  std::string target_table;   // or
  std::string target_backup;  // its id; or
  std::string target_export;  // its id
  CopyStage stage = CopyStage::kCopying;
  std::string reached;  // in that stage, as a key; empty at first
  std::string cut;      // from which row of the log on changes are undone
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
    visit(2, self.region);
    visit(3, self.source_number);
    visit(4, self.source_table);
    visit(5, self.as_of_ms);
    visit(6, self.target_table);
    visit(7, self.target_backup);
    visit(8, self.stage);
    visit(9, self.reached);
    visit(10, self.cut);
    visit(11, self.target_export);
  }
};

// How much is in a table or an index.
struct Counts {
  int64_t items = 0;
  int64_t bytes = 0;
};

}  // namespace hearth::services::dynamodb
