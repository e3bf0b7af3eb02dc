#include "services/s3/objects.h"

namespace hearth::services::s3 {

Async<void> change_object(const Parts& parts, Tables& tables, const wire::Call& call,
                          const FoundObject& changed, std::string key, std::string_view event) {
  const auto& [bucket, object] = changed;
  Versions versions(tables, parts.bodies, parts.clock, parts.random);
  const Place place{.bucket = bucket, .key = key};
  TRY(const auto current, co_await versions.current(place));
  versions.replace(place, object, current && current->sequence == object.sequence);
  co_return co_await parts.notifications.tell(
      tables.tx, call, bucket,
      {.name = event, .key = key, .object = &object, .version = bucket.versioned() ? object.version : ""});
}

}  // namespace hearth::services::s3
