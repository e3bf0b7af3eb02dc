// What decisions need of buckets and objects: whose they are, and who is granted what by policy and by lists.
#pragma once
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "services/s3/access_point_facts.h"
#include "services/s3/acl.h"
#include "services/s3/parts.h"

namespace hearth::services::s3 {

// Kept until a bucket or a setting is written. Where lists count, those of objects are read each time, and
// their tags (s3:ExistingObjectTag/<key>) where a policy asks for them.
class BucketFacts final : public identity::ResourceSource {
 public:
  // Both outlive it.
  BucketFacts(Parts& parts, AccessPointFacts& access_points);
  // Of a bucket or an object, or of an access point. Never null; nothing in it for what does not exist.
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;
  std::string_view dear_keys() const override { return "s3:ExistingObjectTag/"; }
  Async<void> add_dear_values(wire::Permission& permission) override;

 private:
  struct Known;
  Async<std::shared_ptr<const Known>> known(std::string bucket);
  // The version of an object that is meant, the current one where none is said; nothing where there is none,
  // or a marker.
  Async<std::optional<ObjectRecord>> object_of(const BucketRecord& bucket, std::string key,
                                               std::string version);
  // Of the upload that a permission is about: its initiator's account may list its parts and give it up.
  // Both outlive the task.
  Async<identity::ResourceFactsPtr> facts_of_upload(const Known& known, const wire::Permission& permission);
  Async<identity::ResourceFactsPtr> facts_of_missing(const Known& known, const wire::Permission& permission);
  Async<identity::ResourceFactsPtr> facts_of_object(const Known& known, const wire::Permission& permission);

  Parts& parts_;
  AccessPointFacts& access_points_;
  store::Watch watch_;
  identity::RevisionCache<Known> kept_{watch_};
};

}  // namespace hearth::services::s3
