// Objects in archives: cannot be read until they are restored, and then for some days. Everything is on one
// disk here, so restoring is done at once.
#pragma once
#include <optional>
#include <string>

#include "api/s3.h"
#include "base/result.h"
#include "services/s3/records.h"

namespace hearth::services::s3 {

bool is_archive(std::string_view storage_class);
bool is_restored(const ObjectRecord& object, TimePoint now);

// "InvalidObjectState" for what is archived; copies say it in other words.
Status check_at_hand(const ObjectRecord& object, TimePoint now, bool as_source = false);
Error invalid_object_state(std::string message, const ObjectHead& head);

// x-amz-restore, and the same in listings.
std::optional<std::string> restore_header(const ObjectRecord& object, TimePoint now);
std::optional<api::s3::RestoreStatus> restore_status(const ObjectRecord& object, TimePoint now);

}  // namespace hearth::services::s3
