#include "services/s3/restores.h"

#include "services/s3/archive.h"
#include "services/s3/errors.h"
#include "services/s3/lifecycles.h"

namespace hearth::services::s3 {
namespace {

constexpr int kAccepted = 202;

Status check_request(const std::optional<api::s3::RestoreRequest>& request) {
  if (!request) return fail(errors::malformed_xml());
  if (request->type || request->select_parameters || request->output_location) {
    return fail(errors::header_not_implemented("Type", "This server does not select from objects."));
  }
  if (!request->days) return fail(errors::malformed_xml());
  if (*request->days >= 1) return {};
  return fail(errors::invalid_argument("Restoration days should be at least 1", "Days",
                                       std::to_string(*request->days)));
}

// How fast is all the same here, but not everything can be asked for.
Status check_tier(const api::s3::RestoreRequest& request, const std::string& storage_class) {
  const std::string tier =
      request.glacier_job_parameters ? request.glacier_job_parameters->tier : request.tier.value_or("");
  if (storage_class != "DEEP_ARCHIVE" || tier != "Expedited") return {};
  return fail(
      errors::invalid_argument("Retrieval option is not supported by this storage class", "Tier", tier));
}

}  // namespace

void Restores::mount(wire::Router& router) {
  router.on<api::s3::ops::RestoreObject>(*this, &Restores::restore);
}

Async<api::s3::RestoreObjectOutput> Restores::restore(const wire::Call& call,
                                                      api::s3::RestoreObjectRequest input) {
  using Output = api::s3::RestoreObjectOutput;
  TRY_VOID(check_request(input.restore_request));
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    Tables tables(tx);
    TRY(FoundObject found, co_await find_object(parts_, tables, call,
                                                {.bucket = input.bucket,
                                                 .key = input.key,
                                                 .version = input.version_id,
                                                 .expected_owner = input.expected_bucket_owner}));
    ObjectRecord& object = found.object;
    if (!is_archive(object.head.storage_class)) {
      co_return invalid_object_state("Restore is not allowed for the object's current storage class",
                                     object.head);
    }
    TRY_VOID(check_tier(*input.restore_request, object.head.storage_class));
    const TimePoint now = parts_.clock.now();
    const bool again = is_restored(object, now);
    const TimePoint until = parts_.lifecycles.calendar().after(now, *input.restore_request->days);
    object.head.restored_until = until;
    tables.restored.put(store::Key(until, found.bucket.name, input.key, object.version), {});
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    const Place place{.bucket = found.bucket, .key = input.key};
    TRY(const auto current, co_await versions.current(place));
    versions.replace(place, object, current && current->sequence == object.sequence);
    if (again) co_return Output{};
    for (const std::string_view event : {"ObjectRestore:Post", "ObjectRestore:Completed"}) {
      TRY_VOID(co_await tell_created(parts_, tx, call, found.bucket, event, input.key, object));
    }
    co_return Output{.status_code = kAccepted};
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> end_restore(const Parts& parts, Tables& tables, const wire::Call& call, RestoredKey restored) {
  auto& [until, bucket_name, key, version] = restored;
  tables.restored.erase(store::Key(until, bucket_name, key, version));
  TRY(const auto bucket, co_await tables.buckets.get(store::Key(bucket_name)));
  if (!bucket) co_return {};
  Versions versions(tables, parts.bodies, parts.clock, parts.random);
  const Place place{.bucket = *bucket, .key = key};
  TRY(auto object, co_await versions.find(place, version));
  // It has gone, or was restored for longer.
  if (!object || object->head.restored_until != until) co_return {};
  object->head.restored_until.reset();
  TRY(const auto current, co_await versions.current(place));
  versions.replace(place, *object, current && current->sequence == object->sequence);
  co_return co_await tell_created(parts, tables.tx, call, *bucket, "ObjectRestore:Delete", key, *object);
}

}  // namespace hearth::services::s3
