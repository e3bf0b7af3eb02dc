// What Lambda keeps of event source mappings. Keys: ("lambda-mapping", account, region, uuid), so that one
// scan finds them all; and ("lambda-mapping-of", account, region, source's ARN, function's ARN) holds the
// UUID: two mappings of the same are not allowed.
//
// Members of streams stand at their defaults for queues. How far a mapping of a stream has come is beside it
// (mapping_progress.h).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "services/lambda/function_ref.h"
#include "store/table.h"

namespace hearth::services::lambda {

struct MappingRecord {
  std::string source_arn;
  std::string function_arn;  // as it was qualified
  bool enabled = true;
  std::string state = "Creating";
  std::string reason = "USER_INITIATED";
  std::string revision;  // changes with every change by the user
  TimePoint modified;
  int64_t batch_size = 0;
  int64_t window_seconds = 0;
  std::vector<std::string> filters;  // patterns; any of them suffices, and none means all
  bool reports_failures = false;     // ReportBatchItemFailures
  std::optional<int64_t> concurrency_max;
  std::map<std::string, std::string> tags;
  // Of streams.
  std::string start;  // TRIM_HORIZON, LATEST, AT_TIMESTAMP
  std::optional<TimePoint> start_time;
  int64_t lanes = 1;  // ParallelizationFactor
  int64_t retries_max = -1;
  int64_t age_seconds_max = -1;
  bool bisects = false;
  int64_t tumbling_seconds = 0;
  std::string on_failure;  // a destination's ARN

  bool of_stream() const { return !start.empty(); }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.source_arn);
    visit(2, self.function_arn);
    visit(3, self.enabled);
    visit(4, self.state);
    visit(5, self.reason);
    visit(6, self.revision);
    visit(7, self.modified);
    visit(8, self.batch_size);
    visit(9, self.window_seconds);
    visit(10, self.filters);
    visit(11, self.reports_failures);
    visit(12, self.concurrency_max);
    visit(13, self.tags);
    visit(14, self.start);
    visit(15, self.start_time);
    visit(16, self.lanes);
    visit(17, self.retries_max);
    visit(18, self.age_seconds_max);
    visit(19, self.bisects);
    visit(20, self.tumbling_seconds);
    visit(21, self.on_failure);
  }
};

struct MappingRef {
  std::string account;
  std::string region;
  std::string uuid;

  std::string arn() const {
    return "arn:aws:lambda:" + region + ":" + account + ":event-source-mapping:" + uuid;
  }
  store::Key key() const { return store::Key(account, region, uuid); }
  // Nothing when it is no mapping's ARN.
  static std::optional<MappingRef> of_arn(std::string_view arn);
};

inline const store::Key kMappings("lambda-mapping");
inline const store::Key kMappingOf("lambda-mapping-of");

inline store::Table<MappingRecord> mappings(store::Transaction& tx) {
  return {tx, kMappings};
}
inline std::string mapping_of_key(const MappingRef& ref, const MappingRecord& record) {
  return (kMappingOf + store::Key(ref.account, ref.region, record.source_arn, record.function_arn)).bytes();
}
// "The resource you requested does not exist."
Async<MappingRecord> require_mapping(store::Transaction& tx, MappingRef ref);

// The function that a mapping invokes.
Result<FunctionRef> function_of(const MappingRef& ref, const MappingRecord& record);

}  // namespace hearth::services::lambda
