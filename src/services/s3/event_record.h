// What a notification says, as JSON text.
#pragma once
#include <string>

#include "services/s3/notifications.h"

namespace hearth::services::s3 {

// {"Records":[...]} with one record.
std::string event_record(const wire::Call& call, const BucketRecord& bucket, const ObjectEvent& event,
                         const std::string& configuration_id, TimePoint now);
// What queues are sent when they are configured.
std::string test_event(const wire::Call& call, const BucketRecord& bucket, TimePoint now);

}  // namespace hearth::services::s3
