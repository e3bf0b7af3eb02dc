// Objects made from others: CopyObject.
#pragma once
#include "api/s3.h"
#include "services/s3/access_point_facts.h"
#include "services/s3/archive.h"
#include "services/s3/objects.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class Copies {
 public:
  // Both outlive it.
  Copies(Parts& parts, AccessPointFacts& points) : parts_(parts), points_(points) {}
  void mount(wire::Router& router);

  Async<api::s3::CopyObjectOutput> copy(const wire::Call& call, api::s3::CopyObjectRequest input);

 private:
  struct Plan;
  Result<Plan> plan(const wire::Call& call, ObjectName source, api::s3::CopyObjectRequest& input) const;
  // The new object, with the bytes of the source or those that were read from it. All outlive the task.
  Async<ObjectRecord> make(Tables& tables, const Plan& plan, const ObjectRecord& from,
                           const Protection& protection, const std::optional<ReceivedBody>& read);
  // The source's bytes as a body of their own, where the new object must be hashed anew.
  Async<ReceivedBody> read_through(const wire::Call& call, const Plan& plan, ChecksumKind kind,
                                   Protection protection);

  Parts& parts_;
  AccessPointFacts& points_;
};

// Whether the caller may read the source ("AccessDenied"); then the source itself, held to the conditions of
// the request. `call`, `tables` and `input` outlive the task.
Async<void> authorize_source(const Parts& parts, const wire::Call& call, ObjectName source);
template <typename Input>
Async<FoundObject> find_source(const Parts& parts, Tables& tables, const wire::Call& call, ObjectName source,
                               const Input& input) {
  const bool by_version = source.version.has_value();
  source.expected_owner = input.expected_source_bucket_owner;
  auto found = co_await find_object(parts, tables, call, std::move(source));
  if (!found && by_version && found.error().code == "MethodNotAllowed") {
    co_return Error{.code = "InvalidRequest",
                    .message =
                        "The source of a copy request may not specifically refer to a delete marker by "
                        "version id.",
                    .status = 400};
  }
  if (!found) co_return found.error();
  const ReadConditions conditions{.match = input.copy_source_if_match,
                                  .none_match = input.copy_source_if_none_match,
                                  .modified_since = input.copy_source_if_modified_since,
                                  .unmodified_since = input.copy_source_if_unmodified_since};
  TRY_VOID(check_source(conditions, found->object, parts.clock.now()));
  TRY_VOID(check_at_hand(found->object, parts.clock.now(), true));
  co_return *std::move(found);
}

}  // namespace hearth::services::s3
