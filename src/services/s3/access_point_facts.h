// What is known of access points, kept until one of them or a bucket is written; and what decisions need of
// them: whose they are, their policies and tags.
#pragma once
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "services/s3/access_point_records.h"
#include "services/s3/parts.h"

namespace hearth::services::s3 {

struct KnownAccessPoint {
  AccessPointRecord record;
  identity::ResourceFactsPtr facts;
};
// Shared by the calls under way and what is kept. Null: there is none.
using KnownAccessPointPtr = std::shared_ptr<const KnownAccessPoint>;

class AccessPointFacts final : public identity::ResourceSource {
 public:
  explicit AccessPointFacts(Parts& parts);  // outlives it

  Async<KnownAccessPointPtr> find(AccessPointId id);
  Async<KnownAccessPointPtr> find_alias(std::string alias);

  // The bucket behind an alias; other names, and those of Object Lambda, as they are.
  Async<std::string> bucket_of(std::string name);

  Async<identity::ResourceFactsPtr> facts_of(const wire::Permission& permission) override;
  // Whether the access point by which something is asked of a bucket ignores public lists of it.
  Async<bool> ignores_lists(const wire::Permission& permission);
  // The ARN that stands behind one of an access point, or of an object that is reached by it; others as they
  // are.
  Async<std::string> behind(std::string arn);

 private:
  Parts& parts_;
  store::Watch watch_;
  identity::RevisionCache<KnownAccessPoint> kept_{watch_};
};

}  // namespace hearth::services::s3
