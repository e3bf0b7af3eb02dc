#include "services/dynamodb/absences.h"

#include "services/dynamodb/errors.h"

namespace hearth::services::dynamodb {

namespace ops = api::dynamodb::ops;

namespace {

Error no_global(const std::string& name) {
  return {.code = "GlobalTableNotFoundException",
          .message = "Global table not found: Global table with name: '" + name + "' does not exist."};
}

}  // namespace

void Absences::mount(wire::Router& router) {
  router.on<ops::DescribeContributorInsights>(*this, &Absences::insights);
  router.on<ops::ListContributorInsights>(*this, &Absences::list_insights);
  router.on<ops::ListGlobalTables>(*this, &Absences::list_global);
  router.on<ops::DescribeGlobalTable>(*this, &Absences::global);
  router.on<ops::UpdateGlobalTable>(*this, &Absences::update_global);
  router.on<ops::DescribeGlobalTableSettings>(*this, &Absences::global_settings);
}

Async<TablePtr> Absences::table(TableRef ref) const {
  auto body = [&](store::Transaction& tx) -> Async<TablePtr> {
    co_return co_await parts_.catalog.require_by_name(tx, ref);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::dynamodb::DescribeContributorInsightsOutput> Absences::insights(
    const wire::Call& call, api::dynamodb::DescribeContributorInsightsInput input) {
  TRY(const TableRef ref, TableRef::parse(call, input.table_name));
  TRY(const TablePtr found, co_await table(ref));
  if (input.index_name && !found->index(*input.index_name)) {
    co_return Error{.code = "ResourceNotFoundException",
                    .message = "Requested resource not found: Index: " + *input.index_name + " not found"};
  }
  api::dynamodb::DescribeContributorInsightsOutput output{
      .table_name = ref.name, .index_name = input.index_name, .contributor_insights_status = "DISABLED"};
  output.contributor_insights_rule_list.emplace();
  co_return output;
}

Async<api::dynamodb::ListContributorInsightsOutput> Absences::list_insights(
    const wire::Call& call, api::dynamodb::ListContributorInsightsInput input) {
  if (input.table_name) {
    TRY(const TableRef ref, TableRef::parse(call, *input.table_name));
    TRY_VOID(co_await table(ref));
  }
  api::dynamodb::ListContributorInsightsOutput output;
  output.contributor_insights_summaries.emplace();
  co_return output;
}

Async<api::dynamodb::ListGlobalTablesOutput> Absences::list_global(const wire::Call&,
                                                                   api::dynamodb::ListGlobalTablesInput) {
  api::dynamodb::ListGlobalTablesOutput output;
  output.global_tables.emplace();
  co_return output;
}

Async<api::dynamodb::DescribeGlobalTableOutput> Absences::global(
    const wire::Call&, api::dynamodb::DescribeGlobalTableInput input) {
  co_return no_global(input.global_table_name);
}

Async<api::dynamodb::UpdateGlobalTableOutput> Absences::update_global(
    const wire::Call&, api::dynamodb::UpdateGlobalTableInput input) {
  co_return no_global(input.global_table_name);
}

Async<api::dynamodb::DescribeGlobalTableSettingsOutput> Absences::global_settings(
    const wire::Call&, api::dynamodb::DescribeGlobalTableSettingsInput input) {
  co_return no_global(input.global_table_name);
}

}  // namespace hearth::services::dynamodb
