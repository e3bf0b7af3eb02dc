// Functions: create, read, change, delete.
#pragma once
#include "api/lambda.h"
#include "services/lambda/code_links.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Functions {
 public:
  Functions(Parts& parts, const CodeLinks& links) : parts_(parts), links_(links) {}
  void mount(wire::Router& router);

  Async<api::lambda::FunctionConfiguration> create(const wire::Call& call,
                                                   api::lambda::CreateFunctionRequest input);
  Async<api::lambda::GetFunctionResponse> get(const wire::Call& call, api::lambda::GetFunctionRequest input);
  Async<api::lambda::FunctionConfiguration> get_configuration(
      const wire::Call& call, api::lambda::GetFunctionConfigurationRequest input);
  Async<api::lambda::ListFunctionsResponse> list(const wire::Call& call,
                                                 api::lambda::ListFunctionsRequest input);
  Async<api::lambda::FunctionConfiguration> update_code(const wire::Call& call,
                                                        api::lambda::UpdateFunctionCodeRequest input);
  Async<api::lambda::FunctionConfiguration> update_configuration(
      const wire::Call& call, api::lambda::UpdateFunctionConfigurationRequest input);
  Async<api::lambda::DeleteFunctionResponse> remove(const wire::Call& call,
                                                    api::lambda::DeleteFunctionRequest input);

 private:
  api::lambda::FunctionCodeLocation where(const wire::Call& call, const VersionRecord& version) const;
  Async<void> remove_version(FunctionRef ref);
  Async<void> remove_all(FunctionRef ref);

  Parts& parts_;
  const CodeLinks& links_;
};

}  // namespace hearth::services::lambda
