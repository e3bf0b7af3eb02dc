#include "services/lambda/code_signing_configs.h"

#include "services/lambda/code_verification.h"
#include "services/lambda/paging.h"
#include "services/lambda/settings.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

constexpr size_t kIdLetters = 17;
constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

api::lambda::CodeSigningConfig describe(const SigningConfigRef& ref, const CodeSigningConfigRecord& record) {
  return {.code_signing_config_id = ref.id,
          .code_signing_config_arn = ref.arn(),
          .description = record.description,
          .allowed_publishers = {.signing_profile_version_arns = record.publishers},
          .code_signing_policies = {.untrusted_artifact_on_deployment = record.enforce ? "Enforce" : "Warn"},
          .last_modified = lambda_timestamp(record.modified)};
}

// In the words of operations on configurations; those on functions have another error.
Error no_config(const std::string& arn) {
  return errors::resource_not_found_exception(no_signing_config(arn).message);
}

Status check_publishers(const std::vector<std::string>& arns) {
  for (const std::string& arn : arns) {
    const size_t kind = arn.find(":/signing-profiles/");
    const bool good = arn.starts_with("arn:aws:signer:") && kind != std::string::npos &&
                      arn.find('/', kind + sizeof(":/signing-profiles/") - 1) != std::string::npos;
    if (!good)
      return fail(errors::invalid_parameter_value_exception("Invalid signing profile version ARN: " + arn));
  }
  return {};
}

void set_policies(const std::optional<api::lambda::CodeSigningPolicies>& policies,
                  CodeSigningConfigRecord& record) {
  if (policies && policies->untrusted_artifact_on_deployment)
    record.enforce = *policies->untrusted_artifact_on_deployment == "Enforce";
}

}  // namespace

void CodeSigningConfigs::mount(wire::Router& router) {
  router.on<ops::CreateCodeSigningConfig>(*this, &CodeSigningConfigs::create);
  router.on<ops::GetCodeSigningConfig>(*this, &CodeSigningConfigs::get);
  router.on<ops::UpdateCodeSigningConfig>(*this, &CodeSigningConfigs::update);
  router.on<ops::DeleteCodeSigningConfig>(*this, &CodeSigningConfigs::remove);
  router.on<ops::ListCodeSigningConfigs>(*this, &CodeSigningConfigs::list);
  router.on<ops::ListFunctionsByCodeSigningConfig>(*this, &CodeSigningConfigs::list_functions);
  router.on<ops::PutFunctionCodeSigningConfig>(*this, &CodeSigningConfigs::put_function);
  router.on<ops::GetFunctionCodeSigningConfig>(*this, &CodeSigningConfigs::get_function);
  router.on<ops::DeleteFunctionCodeSigningConfig>(*this, &CodeSigningConfigs::delete_function);
}

Async<api::lambda::CreateCodeSigningConfigResponse> CodeSigningConfigs::create(
    const wire::Call& call, api::lambda::CreateCodeSigningConfigRequest input) {
  TRY_VOID(check_publishers(input.allowed_publishers.signing_profile_version_arns));
  const SigningConfigRef ref{.account = call.account,
                             .region = call.region,
                             .id = "csc-" + parts_.random.letters(kIdLetters, kAlphabet)};
  CodeSigningConfigRecord record{
      .description = input.description.value_or(""),
      .publishers = std::move(input.allowed_publishers.signing_profile_version_arns),
      .modified = parts_.clock.now(),
      .tags = std::move(input.tags).value_or(std::map<std::string, std::string>())};
  TRY_VOID(check_tags(record.tags));
  set_policies(input.code_signing_policies, record);
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables(tx, ref.account, ref.region).code_signing_configs.put(Key(ref.id), record);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::lambda::CreateCodeSigningConfigResponse{.code_signing_config = describe(ref, record)};
}

Async<api::lambda::GetCodeSigningConfigResponse> CodeSigningConfigs::get(
    const wire::Call&, api::lambda::GetCodeSigningConfigRequest input) {
  const auto ref = SigningConfigRef::of_arn(input.code_signing_config_arn);
  auto body = [&](store::Transaction& tx) -> Async<std::optional<CodeSigningConfigRecord>> {
    co_return co_await find_signing_config(tx, ref);
  };
  TRY(const auto record, co_await parts_.store.read(body));
  if (!record) co_return no_config(input.code_signing_config_arn);
  co_return api::lambda::GetCodeSigningConfigResponse{.code_signing_config = describe(ref, *record)};
}

Async<api::lambda::UpdateCodeSigningConfigResponse> CodeSigningConfigs::update(
    const wire::Call&, api::lambda::UpdateCodeSigningConfigRequest input) {
  const auto ref = SigningConfigRef::of_arn(input.code_signing_config_arn);
  if (input.allowed_publishers)
    TRY_VOID(check_publishers(input.allowed_publishers->signing_profile_version_arns));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::UpdateCodeSigningConfigResponse> {
    TRY(auto record, co_await find_signing_config(tx, ref));
    if (!record) co_return no_config(input.code_signing_config_arn);
    if (input.description) record->description = *input.description;
    if (input.allowed_publishers) record->publishers = input.allowed_publishers->signing_profile_version_arns;
    set_policies(input.code_signing_policies, *record);
    record->modified = parts_.clock.now();
    Tables(tx, ref.account, ref.region).code_signing_configs.put(Key(ref.id), *record);
    co_return api::lambda::UpdateCodeSigningConfigResponse{.code_signing_config = describe(ref, *record)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::DeleteCodeSigningConfigResponse> CodeSigningConfigs::remove(
    const wire::Call&, api::lambda::DeleteCodeSigningConfigRequest input) {
  const auto ref = SigningConfigRef::of_arn(input.code_signing_config_arn);
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::DeleteCodeSigningConfigResponse> {
    TRY(const auto record, co_await find_signing_config(tx, ref));
    if (!record) co_return no_config(input.code_signing_config_arn);
    TRY(const bool used, co_await is_signing_config_used(tx, ref));
    if (used) {
      co_return errors::resource_conflict_exception("The code signing configuration is used by functions: " +
                                                    ref.arn());
    }
    Tables(tx, ref.account, ref.region).code_signing_configs.erase(Key(ref.id));
    co_return api::lambda::DeleteCodeSigningConfigResponse{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::ListCodeSigningConfigsResponse> CodeSigningConfigs::list(
    const wire::Call& call, api::lambda::ListCodeSigningConfigsRequest input) {
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListCodeSigningConfigsResponse> {
    Tables tables(tx, call.account, call.region);
    api::lambda::ListCodeSigningConfigsResponse out;
    out.code_signing_configs.emplace();
    TRY(auto listing,
        co_await tables.code_signing_configs.list({.after = page.after, .rows_max = page.size}));
    for (const auto& entry : listing.entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      out.code_signing_configs->push_back(
          describe({.account = call.account, .region = call.region, .id = std::get<0>(key)}, entry.record));
    }
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::ListFunctionsByCodeSigningConfigResponse> CodeSigningConfigs::list_functions(
    const wire::Call&, api::lambda::ListFunctionsByCodeSigningConfigRequest input) {
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  const auto ref = SigningConfigRef::of_arn(input.code_signing_config_arn);
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListFunctionsByCodeSigningConfigResponse> {
    TRY(const auto record, co_await find_signing_config(tx, ref));
    if (!record) co_return no_config(input.code_signing_config_arn);
    TRY(const auto users, co_await users_of_signing_config(tx, ref, page.after, page.size));
    api::lambda::ListFunctionsByCodeSigningConfigResponse out;
    out.function_arns.emplace();
    for (const std::string& name : users.names)
      out.function_arns->push_back(FunctionRef{ref.account, ref.region, name, ""}.arn());
    out.next_marker = PageRequest::marker(users.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::PutFunctionCodeSigningConfigResponse> CodeSigningConfigs::put_function(
    const wire::Call& call, api::lambda::PutFunctionCodeSigningConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::PutFunctionCodeSigningConfigResponse> {
    TRY_VOID(co_await require_signing_config(tx, ref, input.code_signing_config_arn));
    TRY(const FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
    TRY_VOID(check_signable(function.latest.image.has_value()));
    TRY_VOID(co_await use_signing_config(tx, ref, SigningConfigRef::of_arn(input.code_signing_config_arn)));
    co_return api::lambda::PutFunctionCodeSigningConfigResponse{
        .code_signing_config_arn = input.code_signing_config_arn, .function_name = ref.name};
  };
  co_return co_await parts_.store.transact(body);
}

// Deployment tools ask for it of every function: to have none is no error.
Async<api::lambda::GetFunctionCodeSigningConfigResponse> CodeSigningConfigs::get_function(
    const wire::Call& call, api::lambda::GetFunctionCodeSigningConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  auto body = [&](store::Transaction& tx) -> Async<std::optional<SigningConfigRef>> {
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    co_return co_await signing_config_of(tx, ref);
  };
  TRY(const auto config, co_await parts_.store.read(body));
  if (!config) co_return api::lambda::GetFunctionCodeSigningConfigResponse{};
  co_return api::lambda::GetFunctionCodeSigningConfigResponse{.code_signing_config_arn = config->arn(),
                                                              .function_name = ref.name};
}

Async<ops::DeleteFunctionCodeSigningConfig::Output> CodeSigningConfigs::delete_function(
    const wire::Call& call, api::lambda::DeleteFunctionCodeSigningConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteFunctionCodeSigningConfig::Output> {
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    TRY_VOID(co_await use_signing_config(tx, ref, std::nullopt));
    co_return ops::DeleteFunctionCodeSigningConfig::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::lambda
