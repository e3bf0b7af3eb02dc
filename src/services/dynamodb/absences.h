// What tables could have on the service and cannot have here. To give them any is not implemented; tools that
// only look are told that they have none, which is so.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Absences {
 public:
  explicit Absences(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::DescribeContributorInsightsOutput> insights(
      const wire::Call& call, api::dynamodb::DescribeContributorInsightsInput input);
  Async<api::dynamodb::ListContributorInsightsOutput> list_insights(
      const wire::Call& call, api::dynamodb::ListContributorInsightsInput input);
  Async<api::dynamodb::ListGlobalTablesOutput> list_global(const wire::Call& call,
                                                           api::dynamodb::ListGlobalTablesInput input);
  Async<api::dynamodb::DescribeGlobalTableOutput> global(const wire::Call& call,
                                                         api::dynamodb::DescribeGlobalTableInput input);
  Async<api::dynamodb::UpdateGlobalTableOutput> update_global(const wire::Call& call,
                                                              api::dynamodb::UpdateGlobalTableInput input);
  Async<api::dynamodb::DescribeGlobalTableSettingsOutput> global_settings(
      const wire::Call& call, api::dynamodb::DescribeGlobalTableSettingsInput input);

 private:
  Async<TablePtr> table(TableRef ref) const;

  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
