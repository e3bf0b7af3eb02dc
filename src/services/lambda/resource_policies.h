// Resource policies as whole documents: the same policies that permissions make up (policies.h), put, read
// and deleted at once.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class ResourcePolicies {
 public:
  explicit ResourcePolicies(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::PutResourcePolicyResponse> put(const wire::Call& call,
                                                    api::lambda::PutResourcePolicyRequest input);
  Async<api::lambda::GetResourcePolicyResponse> get(const wire::Call& call,
                                                    api::lambda::GetResourcePolicyRequest input);
  Async<api::lambda::ops::DeleteResourcePolicy::Output> remove(
      const wire::Call& call, api::lambda::DeleteResourcePolicyRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::lambda
