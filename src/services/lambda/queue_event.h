// What messages of a queue are to a function, and what its answer says of them. Pure functions.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "delivery/pattern.h"

namespace hearth::services::lambda {

// A message as a record of the function's event.
struct QueueRecordOptions {
  std::string arn;
  std::string region;
  bool filtered = false;  // the mapping has filters; the service writes one member more then
};
boost::json::object queue_record(const boost::json::object& message, const QueueRecordOptions& options);

// Whether any of the patterns wants the record; none at all want everything. A body that is a JSON object or
// array is one to patterns, any other is a text.
bool wanted(const std::vector<delivery::Pattern>& patterns, const boost::json::object& record);

// {"Records": [...]} of records as they are written.
std::string queue_event(const std::vector<std::string>& records);

// The messages that a function reports as failed (ReportBatchItemFailures); nothing when the answer is none
// that can be understood, so that all count as failed.
std::optional<std::set<std::string>> reported_failures(std::string_view answer,
                                                       const std::set<std::string>& ids);

}  // namespace hearth::services::lambda
