// Code signing configurations: whose signatures functions must have, and what becomes of code without one.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class CodeSigningConfigs {
 public:
  explicit CodeSigningConfigs(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::CreateCodeSigningConfigResponse> create(
      const wire::Call& call, api::lambda::CreateCodeSigningConfigRequest input);
  Async<api::lambda::GetCodeSigningConfigResponse> get(const wire::Call& call,
                                                       api::lambda::GetCodeSigningConfigRequest input);
  Async<api::lambda::UpdateCodeSigningConfigResponse> update(
      const wire::Call& call, api::lambda::UpdateCodeSigningConfigRequest input);
  Async<api::lambda::DeleteCodeSigningConfigResponse> remove(
      const wire::Call& call, api::lambda::DeleteCodeSigningConfigRequest input);
  Async<api::lambda::ListCodeSigningConfigsResponse> list(const wire::Call& call,
                                                          api::lambda::ListCodeSigningConfigsRequest input);
  Async<api::lambda::ListFunctionsByCodeSigningConfigResponse> list_functions(
      const wire::Call& call, api::lambda::ListFunctionsByCodeSigningConfigRequest input);

  // Of one function.
  Async<api::lambda::PutFunctionCodeSigningConfigResponse> put_function(
      const wire::Call& call, api::lambda::PutFunctionCodeSigningConfigRequest input);
  Async<api::lambda::GetFunctionCodeSigningConfigResponse> get_function(
      const wire::Call& call, api::lambda::GetFunctionCodeSigningConfigRequest input);
  Async<api::lambda::ops::DeleteFunctionCodeSigningConfig::Output> delete_function(
      const wire::Call& call, api::lambda::DeleteFunctionCodeSigningConfigRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::lambda
