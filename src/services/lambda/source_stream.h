// A stream as the source of a mapping that is made: whether it can be, and where it begins.
#pragma once
#include "services/lambda/mapping_progress.h"
#include "services/lambda/mapping_record.h"
#include "services/lambda/parts.h"

namespace hearth::services::lambda {

// REQUIRES a mapping of a stream.
delivery::StreamStart start_of(const MappingRecord& mapping);

// Whether it is there, and the role may read it and tell of failures. In Lambda's words for whoever
// configures a mapping.
Async<void> check_stream(const Parts& parts, MappingRef ref, MappingRecord mapping, FunctionRef function,
                         std::string role_arn);

// Where a new mapping begins in each shard that there is. What comes later is read.
struct FirstLane {
  std::string shard;
  LaneRecord record;
};
Async<std::vector<FirstLane>> first_lanes(const Parts& parts, MappingRecord mapping);
void put_lanes(store::Transaction& tx, const MappingRef& ref, const MappingRecord& mapping,
               const std::vector<FirstLane>& lanes);

}  // namespace hearth::services::lambda
