// Tables: made, described, listed, changed, deleted. A table is ready when its making is answered, although
// the answer says CREATING as the service's does; and a deleted one is gone at once, with all that was in it.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Tables {
 public:
  explicit Tables(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::CreateTableOutput> create(const wire::Call& call,
                                                 api::dynamodb::CreateTableInput input);
  Async<api::dynamodb::DescribeTableOutput> describe(const wire::Call& call,
                                                     api::dynamodb::DescribeTableInput input);
  Async<api::dynamodb::ListTablesOutput> list(const wire::Call& call, api::dynamodb::ListTablesInput input);
  Async<api::dynamodb::DeleteTableOutput> remove(const wire::Call& call,
                                                 api::dynamodb::DeleteTableInput input);
  Async<api::dynamodb::UpdateTableOutput> update(const wire::Call& call,
                                                 api::dynamodb::UpdateTableInput input);
  Async<api::dynamodb::DescribeLimitsOutput> limits(const wire::Call& call,
                                                    api::dynamodb::DescribeLimitsInput input);
  Async<api::dynamodb::DescribeEndpointsResponse> endpoints(const wire::Call& call,
                                                            api::dynamodb::DescribeEndpointsRequest input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
