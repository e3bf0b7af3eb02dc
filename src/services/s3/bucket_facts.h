// What decisions need of buckets and objects: whose they are, and who is granted what by policy and by lists.
#pragma once
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "services/s3/acl.h"
#include "services/s3/parts.h"

namespace hearth::services::s3 {

// Kept until a bucket or a setting is written. Where lists count, those of objects are read each time.
class BucketFacts final : public identity::ResourceSource {
 public:
  explicit BucketFacts(Parts& parts);  // outlives it
  // Of a bucket or an object. Never null; nothing in it for what does not exist.
  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;

 private:
  struct Known;
  Async<std::shared_ptr<const Known>> known(std::string bucket);
  // What a list adds for an object of `owner`.
  Async<identity::ResourceFactsPtr> facts_of_object(store::Transaction& tx, const Known& known,
                                                    const wire::Permission& permission);

  Parts& parts_;
  store::Watch watch_;
  identity::RevisionCache<Known> kept_{watch_};
};

}  // namespace hearth::services::s3
