// Policies of buckets: kept, judged whether they are public, and handed to whoever authorizes.
#pragma once
#include "api/s3.h"
#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

// Whether anyone in the world is allowed anything, and not by an address or account that they come from.
bool is_public(const identity::Policy& policy);

class BucketPolicies {
 public:
  explicit BucketPolicies(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::GetBucketPolicyOutput> get(const wire::Call& call, api::s3::GetBucketPolicyRequest input);
  Async<api::s3::PutBucketPolicyOutput> put(const wire::Call& call, api::s3::PutBucketPolicyRequest input);
  Async<api::s3::DeleteBucketPolicyOutput> remove(const wire::Call& call,
                                                  api::s3::DeleteBucketPolicyRequest input);
  Async<api::s3::GetBucketPolicyStatusOutput> status(const wire::Call& call,
                                                     api::s3::GetBucketPolicyStatusRequest input);

 private:
  Parts& parts_;
};

// What decisions need of buckets: whose they are, and their policies. Kept until a bucket or a setting is
// written. Of objects, their tags (s3:ExistingObjectTag/<key>), where a policy asks for them.
class BucketFacts final : public identity::ResourceSource {
 public:
  explicit BucketFacts(Parts& parts);
  // Of a bucket's ARN or an object's.
  Async<identity::ResourceFactsPtr> facts_of(std::string action, std::string resource) override;
  std::string_view dear_keys() const override { return "s3:ExistingObjectTag/"; }
  Async<void> add_dear_values(wire::Permission& permission) override;

 private:
  Parts& parts_;
  store::Watch watch_;
  identity::RevisionCache<identity::ResourceFacts> kept_{watch_};
};

}  // namespace hearth::services::s3
