// What concerns the account as a whole: reservations of concurrency, settings, tags.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Account {
 public:
  explicit Account(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::Concurrency> put_concurrency(const wire::Call& call,
                                                  api::lambda::PutFunctionConcurrencyRequest input);
  Async<api::lambda::GetFunctionConcurrencyResponse> get_concurrency(
      const wire::Call& call, api::lambda::GetFunctionConcurrencyRequest input);
  Async<api::lambda::ops::DeleteFunctionConcurrency::Output> delete_concurrency(
      const wire::Call& call, api::lambda::DeleteFunctionConcurrencyRequest input);
  Async<api::lambda::GetAccountSettingsResponse> settings(const wire::Call& call,
                                                          api::lambda::GetAccountSettingsRequest input);
  Async<api::lambda::ops::TagResource::Output> tag(const wire::Call& call,
                                                   api::lambda::TagResourceRequest input);
  Async<api::lambda::ops::UntagResource::Output> untag(const wire::Call& call,
                                                       api::lambda::UntagResourceRequest input);
  Async<api::lambda::ListTagsResponse> list_tags(const wire::Call& call, api::lambda::ListTagsRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::lambda
