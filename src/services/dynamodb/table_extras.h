// What hangs on a table by its ARN: tags and a policy.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class TableExtras {
 public:
  explicit TableExtras(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::ops::TagResource::Output> tag(const wire::Call& call,
                                                     api::dynamodb::TagResourceInput input);
  Async<api::dynamodb::ops::UntagResource::Output> untag(const wire::Call& call,
                                                         api::dynamodb::UntagResourceInput input);
  Async<api::dynamodb::ListTagsOfResourceOutput> list_tags(const wire::Call& call,
                                                           api::dynamodb::ListTagsOfResourceInput input);
  Async<api::dynamodb::PutResourcePolicyOutput> put_policy(const wire::Call& call,
                                                           api::dynamodb::PutResourcePolicyInput input);
  Async<api::dynamodb::GetResourcePolicyOutput> get_policy(const wire::Call& call,
                                                           api::dynamodb::GetResourcePolicyInput input);
  Async<api::dynamodb::DeleteResourcePolicyOutput> delete_policy(
      const wire::Call& call, api::dynamodb::DeleteResourcePolicyInput input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
