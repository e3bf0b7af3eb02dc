// What a request may say about an event source mapping, checked as the service checks it and written into the
// record; and a record as callers see it.
#pragma once
#include "api/lambda.h"
#include "services/lambda/mapping_record.h"

namespace hearth::services::lambda {

// Members that are absent change nothing. REQUIRES a source that is served. On an error the record may be
// half changed; do not store it.
Status apply_mapping(const api::lambda::UpdateEventSourceMappingRequest& settings, MappingRecord& record);

// The same members of a request to create one, with the defaults of its kind.
api::lambda::UpdateEventSourceMappingRequest settings_of(
    const api::lambda::CreateEventSourceMappingRequest& request);

// What only sources of other kinds have, and kinds that are not served.
Status check_source(const api::lambda::CreateEventSourceMappingRequest& request);
// Whether it is a stream's.
bool is_stream(std::string_view source_arn);
// Where a mapping of a stream begins to read, into its record. Never changes.
Status apply_start(const api::lambda::CreateEventSourceMappingRequest& request, MappingRecord& record);

// `result`: how the last processing went, of streams; empty: there was none.
api::lambda::EventSourceMappingConfiguration describe_mapping(const MappingRef& ref,
                                                              const MappingRecord& record,
                                                              std::string_view result = {});

}  // namespace hearth::services::lambda
