#include "services/s3/archive.h"

#include "services/s3/object_head.h"

namespace hearth::services::s3 {

bool is_archive(std::string_view storage_class) {
  return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE";
}

bool is_restored(const ObjectRecord& object, TimePoint now) {
  return object.head.restored_until && *object.head.restored_until > now;
}

Error invalid_object_state(std::string message, const ObjectHead& head) {
  return {.code = "InvalidObjectState",
          .message = std::move(message),
          .extra = {{"StorageClass", shown_class(head)}},
          .status = 403};
}

Status check_at_hand(const ObjectRecord& object, TimePoint now, bool as_source) {
  if (!is_archive(object.head.storage_class) || is_restored(object, now)) return {};
  return fail(invalid_object_state(as_source ? "Operation is not valid for the source object's storage class"
                                             : "The operation is not valid for the object's storage class",
                                   object.head));
}

std::optional<std::string> restore_header(const ObjectRecord& object, TimePoint now) {
  if (!is_restored(object, now)) return std::nullopt;
  return "ongoing-request=\"false\", expiry-date=\"" + http_date(*object.head.restored_until) + "\"";
}

std::optional<api::s3::RestoreStatus> restore_status(const ObjectRecord& object, TimePoint now) {
  if (!is_restored(object, now)) return std::nullopt;
  return api::s3::RestoreStatus{.is_restore_in_progress = false,
                                .restore_expiry_date = object.head.restored_until};
}

}  // namespace hearth::services::s3
