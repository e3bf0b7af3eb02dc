#include "services/lambda/runtime_management.h"

#include "services/lambda/settings.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using api::lambda::GetRuntimeManagementConfigResponse;
using store::Key;

constexpr std::string_view kManual = "Manual";

// Of $LATEST or a version; an alias has no setting of its own.
Status check_qualifier(const FunctionRef& ref) {
  const std::string_view qualifier = ref.qualifier_or_latest();
  if (qualifier == kLatest || is_version(qualifier)) return {};
  return fail(errors::invalid_parameter_value_exception(
      "Runtime management is configured for $LATEST and for versions, not for aliases: " +
      std::string(qualifier)));
}

Status check_arn(const std::string& mode, const std::optional<std::string>& wanted,
                 const std::string& there) {
  if (mode != kManual) {
    if (!wanted) return {};
    return fail(errors::invalid_parameter_value_exception(
        "RuntimeVersionArn can only be given when UpdateRuntimeOn is Manual."));
  }
  if (!wanted) {
    return fail(errors::invalid_parameter_value_exception(
        "RuntimeVersionArn is required when UpdateRuntimeOn is Manual."));
  }
  if (*wanted == there) return {};
  return fail(errors::invalid_parameter_value_exception("The runtime version does not exist: " + *wanted));
}

GetRuntimeManagementConfigResponse describe(const FunctionRef& ref, const VersionRecord& version) {
  GetRuntimeManagementConfigResponse out{.update_runtime_on = version.update_runtime_on,
                                         .function_arn = ref.arn_of(ref.qualifier_or_latest())};
  if (version.update_runtime_on == kManual) {
    out.runtime_version_arn = runtime_version_arn(ref.region, version.runtime);
  }
  return out;
}

}  // namespace

void RuntimeManagement::mount(wire::Router& router) {
  router.on<ops::PutRuntimeManagementConfig>(*this, &RuntimeManagement::put);
  router.on<ops::GetRuntimeManagementConfig>(*this, &RuntimeManagement::get);
}

Async<api::lambda::PutRuntimeManagementConfigResponse> RuntimeManagement::put(
    const wire::Call& call, api::lambda::PutRuntimeManagementConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  TRY_VOID(check_qualifier(ref));
  auto body = [&](store::Transaction& tx) -> Async<GetRuntimeManagementConfigResponse> {
    Tables tables(tx, ref);
    TRY(Resolved found, co_await resolve(tx, ref));
    TRY_VOID(check_arn(input.update_runtime_on, input.runtime_version_arn,
                       runtime_version_arn(ref.region, found.version.runtime)));
    found.version.update_runtime_on = input.update_runtime_on;
    if (ref.qualifier_or_latest() == kLatest) {
      found.function.latest.update_runtime_on = input.update_runtime_on;
      tables.functions.put(Key(ref.name), found.function);
    } else {
      tables.versions.put(Key(ref.name, version_number(ref.qualifier)), found.version);
    }
    co_return describe(ref, found.version);
  };
  TRY(auto set, co_await parts_.store.transact(body));
  co_return api::lambda::PutRuntimeManagementConfigResponse{
      .update_runtime_on = input.update_runtime_on,
      .function_arn = std::move(set.function_arn).value_or(""),
      .runtime_version_arn = std::move(set.runtime_version_arn)};
}

Async<GetRuntimeManagementConfigResponse> RuntimeManagement::get(
    const wire::Call& call, api::lambda::GetRuntimeManagementConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  TRY_VOID(check_qualifier(ref));
  auto body = [&](store::Transaction& tx) -> Async<GetRuntimeManagementConfigResponse> {
    TRY(const Resolved found, co_await resolve(tx, ref));
    co_return describe(ref, found.version);
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::lambda
