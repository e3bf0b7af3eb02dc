// Policies of buckets: kept, and judged whether they are public.
#pragma once
#include <functional>
#include <string_view>

#include "api/s3.h"
#include "base/json.h"
#include "identity/policy/evaluate.h"
#include "services/s3/parts.h"
#include "services/s3/settings.h"
#include "wire/router.h"

namespace hearth::services::s3 {

// Refused as "MalformedPolicy", as is a policy with a statement about what is not the resource's own:
// `is_own` is asked of each ARN. The text was parsed before.
Result<identity::Policy> parse_policy(const std::string& text);
Status check_resources(const std::string& text, const std::function<bool(std::string_view)>& is_own);

// The statements of a policy's document; none where it has no such list.
json::array& statements_of(json::object& document);
// What a kept policy says, as far as it reaches: a public one of a resource that is `restricted` reaches
// nobody but the owner's account.
struct PolicyOwner {
  std::string arn;
  std::string account;
};
Result<json::object> reach_of(const std::string& text, const PolicyOwner& owner, bool restricted);
// Null where it says nothing.
Result<identity::PolicyPtr> compiled(json::object document);

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
