// Which other accounts may use a version of a layer. Each version has a policy of its own.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class LayerPolicies {
 public:
  explicit LayerPolicies(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::AddLayerVersionPermissionResponse> add(
      const wire::Call& call, api::lambda::AddLayerVersionPermissionRequest input);
  Async<api::lambda::ops::RemoveLayerVersionPermission::Output> remove(
      const wire::Call& call, api::lambda::RemoveLayerVersionPermissionRequest input);
  Async<api::lambda::GetLayerVersionPolicyResponse> get(const wire::Call& call,
                                                        api::lambda::GetLayerVersionPolicyRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::lambda
