#include "services/s3/object_lambda_points.h"

#include <algorithm>
#include <set>

#include "services/s3/access_point_names.h"
#include "services/s3/access_points.h"
#include "services/s3/settings.h"
#include "wire/not_implemented.h"

namespace hearth::services::s3 {
namespace {

constexpr auto kKind = AccessPointKind::kObjectLambda;
constexpr std::string_view kFunctionArn = "arn:aws:lambda:";

Status check_transformations(const ObjectLambdaConfiguration& configuration) {
  if (configuration.transformation_configurations.empty()) {
    return fail(errors::invalid_request("At least one transformation configuration must be specified"));
  }
  std::set<std::string> actions;
  for (const auto& one : configuration.transformation_configurations) {
    const auto& function = one.content_transformation.aws_lambda;
    if (!function || !function->function_arn.starts_with(kFunctionArn)) {
      return fail(errors::invalid_request("The Lambda function ARN is not valid"));
    }
    if (one.actions.empty()) {
      return fail(errors::invalid_request("At least one action must be specified"));
    }
    for (const std::string& action : one.actions) {
      if (action != "GetObject" && action != "HeadObject")
        return fail(wire::not_implemented("Object Lambda for " + action));
      if (!actions.insert(action).second) {
        return fail(errors::invalid_request("An action may be specified only once: " + action));
      }
    }
  }
  return {};
}

// Checks what can be checked of a configuration; gives its text. All outlive the task.
Async<std::string> checked_text(AccessPointTables& tables, const wire::Call& call,
                                const ObjectLambdaConfiguration& configuration) {
  TRY_VOID(check_transformations(configuration));
  const auto supporting = parse_access_point_arn(configuration.supporting_access_point);
  if (!supporting || supporting->kind != AccessPointKind::kBucket || supporting->region != call.region) {
    co_return errors::invalid_request("The supporting access point is not valid");
  }
  TRY_VOID(co_await find_access_point(tables, *supporting));
  co_return setting_text(configuration);
}

api::s3control::ObjectLambdaAccessPointAlias alias_of(const AccessPointRecord& point) {
  return {.value = point.alias, .status = "READY"};
}

}  // namespace

Result<ObjectLambdaConfiguration> configuration_of(const AccessPointRecord& point) {
  return parse_setting<ObjectLambdaConfiguration>(point.configuration);
}

const api::s3control::AwsLambdaTransformation* transformation_of(
    const ObjectLambdaConfiguration& configuration, std::string_view operation) {
  for (const auto& one : configuration.transformation_configurations) {
    const auto& function = one.content_transformation.aws_lambda;
    if (function && std::ranges::find(one.actions, operation) != one.actions.end()) return &*function;
  }
  return nullptr;
}

bool allows(const ObjectLambdaConfiguration& configuration, std::string_view feature) {
  const auto& features = configuration.allowed_features;
  return features && std::ranges::find(*features, feature) != features->end();
}

void ObjectLambdaPoints::mount(wire::Router& router) {
  namespace ops = api::s3control::ops;
  router.on<ops::CreateAccessPointForObjectLambda>(*this, &ObjectLambdaPoints::create);
  router.on<ops::GetAccessPointForObjectLambda>(*this, &ObjectLambdaPoints::get);
  router.on<ops::ListAccessPointsForObjectLambda>(*this, &ObjectLambdaPoints::list);
  router.on<ops::GetAccessPointConfigurationForObjectLambda>(*this, &ObjectLambdaPoints::get_configuration);
  router.on<ops::PutAccessPointConfigurationForObjectLambda>(*this, &ObjectLambdaPoints::put_configuration);
  mount_delete_access_point<ops::DeleteAccessPointForObjectLambda>(router, parts_, kKind);
}

Async<api::s3control::CreateAccessPointForObjectLambdaResult> ObjectLambdaPoints::create(
    const wire::Call& call, api::s3control::CreateAccessPointForObjectLambdaRequest input) {
  using Output = api::s3control::CreateAccessPointForObjectLambdaResult;
  TRY_VOID(check_account(call, input.account_id));
  TRY_VOID(check_access_point_name(input.name));
  AccessPointRecord point{.id = access_point_id(call, kKind, input.name), .created = parts_.clock.now()};
  point.alias = make_access_point_alias(parts_.random, point.id);
  auto body = [&](store::Transaction& tx) -> Async<void> {
    AccessPointTables tables(tx);
    TRY(point.configuration, co_await checked_text(tables, call, input.configuration));
    co_return co_await add_access_point(tables, point);
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return Output{.object_lambda_access_point_arn = point.id.arn(), .alias = alias_of(point)};
}

Async<api::s3control::GetAccessPointForObjectLambdaResult> ObjectLambdaPoints::get(
    const wire::Call& call, api::s3control::GetAccessPointForObjectLambdaRequest input) {
  using Output = api::s3control::GetAccessPointForObjectLambdaResult;
  auto run = [](AccessPointTables&, AccessPointRecord point) -> Async<Output> {
    co_return Output{.name = point.id.name,
                     .public_access_block_configuration =
                         api::s3control::PublicAccessBlockConfiguration{.block_public_acls = true,
                                                                        .ignore_public_acls = true,
                                                                        .block_public_policy = true,
                                                                        .restrict_public_buckets = true},
                     .creation_date = point.created,
                     .alias = alias_of(point)};
  };
  co_return co_await with_access_point<Output>(parts_, call, kKind, input, run);
}

Async<api::s3control::ListAccessPointsForObjectLambdaResult> ObjectLambdaPoints::list(
    const wire::Call& call, api::s3control::ListAccessPointsForObjectLambdaRequest input) {
  TRY_VOID(check_account(call, input.account_id));
  TRY(AccessPointPage page,
      co_await list_access_points(
          parts_, call, {.kind = kKind, .token = std::move(input.next_token), .page = input.max_results}));
  api::s3control::ListAccessPointsForObjectLambdaResult output{.next_token = std::move(page.next_token)};
  output.object_lambda_access_point_list.emplace();
  for (const AccessPointRecord& point : page.points) {
    output.object_lambda_access_point_list->push_back(
        {.name = point.id.name, .object_lambda_access_point_arn = point.id.arn(), .alias = alias_of(point)});
  }
  co_return output;
}

Async<api::s3control::GetAccessPointConfigurationForObjectLambdaResult> ObjectLambdaPoints::get_configuration(
    const wire::Call& call, api::s3control::GetAccessPointConfigurationForObjectLambdaRequest input) {
  using Output = api::s3control::GetAccessPointConfigurationForObjectLambdaResult;
  auto run = [](AccessPointTables&, AccessPointRecord point) -> Async<Output> {
    TRY(ObjectLambdaConfiguration configuration, configuration_of(point));
    co_return Output{.configuration = std::move(configuration)};
  };
  co_return co_await with_access_point<Output>(parts_, call, kKind, input, run);
}

Async<api::s3control::PutAccessPointConfigurationForObjectLambdaOutput> ObjectLambdaPoints::put_configuration(
    const wire::Call& call, api::s3control::PutAccessPointConfigurationForObjectLambdaRequest input) {
  using Output = api::s3control::PutAccessPointConfigurationForObjectLambdaOutput;
  auto run = [&](AccessPointTables& tables, AccessPointRecord point) -> Async<Output> {
    TRY(point.configuration, co_await checked_text(tables, call, input.configuration));
    tables.put(point);
    co_return Output{};
  };
  co_return co_await with_access_point<Output>(parts_, call, kKind, input, run);
}

}  // namespace hearth::services::s3
