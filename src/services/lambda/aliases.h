// Aliases: names for a version, or for two with a weight between them.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Aliases {
 public:
  explicit Aliases(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::AliasConfiguration> create(const wire::Call& call,
                                                api::lambda::CreateAliasRequest input);
  Async<api::lambda::AliasConfiguration> get(const wire::Call& call, api::lambda::GetAliasRequest input);
  Async<api::lambda::ListAliasesResponse> list(const wire::Call& call, api::lambda::ListAliasesRequest input);
  Async<api::lambda::AliasConfiguration> update(const wire::Call& call,
                                                api::lambda::UpdateAliasRequest input);
  Async<api::lambda::ops::DeleteAlias::Output> remove(const wire::Call& call,
                                                      api::lambda::DeleteAliasRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::lambda
