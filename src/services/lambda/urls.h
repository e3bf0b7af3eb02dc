// Function URLs: their configuration (the FunctionUrlConfig operations). What happens when one is called is
// url_front.h's matter.
#pragma once
#include <string>

#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Urls {
 public:
  explicit Urls(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::CreateFunctionUrlConfigResponse> create(
      const wire::Call& call, api::lambda::CreateFunctionUrlConfigRequest input);
  Async<api::lambda::GetFunctionUrlConfigResponse> get(const wire::Call& call,
                                                       api::lambda::GetFunctionUrlConfigRequest input);
  Async<api::lambda::UpdateFunctionUrlConfigResponse> update(
      const wire::Call& call, api::lambda::UpdateFunctionUrlConfigRequest input);
  Async<api::lambda::ops::DeleteFunctionUrlConfig::Output> remove(
      const wire::Call& call, api::lambda::DeleteFunctionUrlConfigRequest input);
  Async<api::lambda::ListFunctionUrlConfigsResponse> list(const wire::Call& call,
                                                          api::lambda::ListFunctionUrlConfigsRequest input);

 private:
  Parts& parts_;
};

// The URLs of a function or, with a qualifier, of its alias are gone with it.
Async<void> erase_urls(store::Transaction& tx, FunctionRef ref);

}  // namespace hearth::services::lambda
