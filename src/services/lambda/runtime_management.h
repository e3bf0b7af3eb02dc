// When a version's runtime may be exchanged for a newer build of it. Here there is one build at a time, that
// of the host's interpreter, so the setting is kept and shown, and only that build can be asked for by name.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class RuntimeManagement {
 public:
  explicit RuntimeManagement(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::PutRuntimeManagementConfigResponse> put(
      const wire::Call& call, api::lambda::PutRuntimeManagementConfigRequest input);
  Async<api::lambda::GetRuntimeManagementConfigResponse> get(
      const wire::Call& call, api::lambda::GetRuntimeManagementConfigRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::lambda
