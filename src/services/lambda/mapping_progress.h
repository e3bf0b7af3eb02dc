// How far mappings of streams have come, per lane: a shard is read by as many lanes as the mapping's
// ParallelizationFactor says, each for the keys that are its own. Keys, under ("lambda-mapping-progress",
// uuid):
//
//   ("lane", shard, number)   LaneRecord
//   ("result")                what LastProcessingResult shows
//
// They are written by the holder of the pollers' lease only, fenced; but for a new mapping's lanes, which are
// written with it: what comes after the answer to its making is read, whatever happens in between.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "services/lambda/stream_event.h"
#include "store/table.h"

namespace hearth::services::lambda {

struct LaneRecord {
  uint64_t lanes = 1;    // of the shard
  std::string position;  // behind all that is over (delivery/stream_source.h)
  bool ended = false;    // the shard has no more for it
  std::optional<TimePoint> window_begin;
  std::string window_state;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.lanes);
    visit(2, self.position);
    visit(3, self.ended);
    visit(4, self.window_begin);
    visit(5, self.window_state);
  }
};

inline store::Key progress_of(const std::string& uuid) {
  return store::Key("lambda-mapping-progress", uuid);
}
inline store::Table<LaneRecord> lanes_of(store::Transaction& tx, const std::string& uuid) {
  return {tx, progress_of(uuid) + store::Key("lane")};
}
inline std::string result_key(const std::string& uuid) {
  return (progress_of(uuid) + store::Key("result")).bytes();
}

inline constexpr std::string_view kNothingYet = "No records processed";
inline constexpr std::string_view kGoesWell = "OK";
inline constexpr std::string_view kFunctionFails = "PROBLEM: Function call failed";

}  // namespace hearth::services::lambda
