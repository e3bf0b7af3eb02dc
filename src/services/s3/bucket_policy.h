// Policies of buckets: kept, and judged whether they are public.
#pragma once
#include "api/s3.h"
#include "identity/policy/policy.h"
#include "services/s3/parts.h"
#include "services/s3/settings.h"
#include "wire/router.h"

namespace hearth::services::s3 {

// Whether anyone in the world is allowed anything, and not by an address or account that they come from.
bool is_public(const identity::Policy& policy);

inline constexpr SettingForm kPolicy{.kind = "policy"};

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

}  // namespace hearth::services::s3
