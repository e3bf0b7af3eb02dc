#include "services/lambda/account.h"

#include <fmt/format.h>

#include "services/lambda/claims.h"
#include "services/lambda/code_verification.h"
#include "services/lambda/limits.h"
#include "services/lambda/mapping_record.h"
#include "services/lambda/provisioned.h"
#include "services/lambda/settings.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

Result<FunctionRef> tagged(const wire::Call& call, const std::string& arn) {
  TRY_SYNC(auto ref, FunctionRef::parse(call, arn));
  if (!ref.qualifier.empty()) {
    return fail(errors::invalid_parameter_value_exception(
        "Tags on function aliases and versions are not supported. Please specify a function ARN."));
  }
  return ref;
}

using TagMap = std::map<std::string, std::string>;

// Changes the tags of a function, an event source mapping or a code signing configuration; without a change,
// reads them.
Async<TagMap> with_tags(store::Transaction& tx, const wire::Call& call, std::string arn,
                        const std::function<void(TagMap&)>& change) {
  if (const auto mapping = MappingRef::of_arn(arn)) {
    TRY(MappingRecord record, co_await require_mapping(tx, *mapping));
    if (!change) co_return std::move(record.tags);
    change(record.tags);
    TRY_VOID(check_tags(record.tags));
    mappings(tx).put(mapping->key(), record);
    co_return std::move(record.tags);
  }
  if (is_signing_config_arn(arn)) {
    const auto config = SigningConfigRef::of_arn(arn);
    TRY(auto record, co_await find_signing_config(tx, config));
    if (!record) co_return errors::resource_not_found_exception(no_signing_config(arn).message);
    if (!change) co_return std::move(record->tags);
    change(record->tags);
    TRY_VOID(check_tags(record->tags));
    Tables(tx, config.account, config.region).code_signing_configs.put(Key(config.id), *record);
    co_return std::move(record->tags);
  }
  TRY(const FunctionRef ref, tagged(call, arn));
  TRY(FunctionRecord function, co_await require_function(tx, ref, ref.arn()));
  if (!change) co_return std::move(function.tags);
  change(function.tags);
  TRY_VOID(check_tags(function.tags));
  Tables(tx, ref).functions.put(Key(ref.name), function);
  co_return std::move(function.tags);
}

// Images do not lie in Lambda's storage.
uint64_t package_bytes(const VersionRecord& version) {
  return version.image ? 0 : version.code.size_bytes;
}

}  // namespace

void Account::mount(wire::Router& router) {
  router.on<ops::PutFunctionConcurrency>(*this, &Account::put_concurrency);
  router.on<ops::GetFunctionConcurrency>(*this, &Account::get_concurrency);
  router.on<ops::DeleteFunctionConcurrency>(*this, &Account::delete_concurrency);
  router.on<ops::GetAccountSettings>(*this, &Account::settings);
  router.on<ops::TagResource>(*this, &Account::tag);
  router.on<ops::UntagResource>(*this, &Account::untag);
  router.on<ops::ListTags>(*this, &Account::list_tags);
}

Async<api::lambda::Concurrency> Account::put_concurrency(const wire::Call& call,
                                                         api::lambda::PutFunctionConcurrencyRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY_VOID(check_unqualified(ref));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::Concurrency> {
    Tables tables(tx, ref);
    TRY(FunctionRecord function, co_await require_function(tx, ref, ref.arn_of(kLatest)));
    TRY(const int64_t provisioned, co_await provisioned_sum(tx, ref));
    TRY_VOID(co_await claim(tx, ref, input.reserved_concurrent_executions - claim_of(function, provisioned),
                            parts_.concurrency.account_limit(), "ReservedConcurrentExecutions"));
    if (input.reserved_concurrent_executions < provisioned) {
      co_return errors::invalid_parameter_value_exception(fmt::format(
          " ReservedConcurrentExecutions  {} should not be lower than function's total provisioned "
          "concurrency [{}].",
          input.reserved_concurrent_executions, provisioned));
    }
    function.reserved_concurrency = input.reserved_concurrent_executions;
    tables.functions.put(Key(ref.name), function);
    co_return api::lambda::Concurrency{.reserved_concurrent_executions =
                                           input.reserved_concurrent_executions};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::GetFunctionConcurrencyResponse> Account::get_concurrency(
    const wire::Call& call, api::lambda::GetFunctionConcurrencyRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY_VOID(check_unqualified(ref));
  auto body = [&](store::Transaction& tx) -> Async<FunctionRecord> {
    co_return co_await require_function(tx, ref, ref.arn_of(kLatest));
  };
  TRY(const FunctionRecord function, co_await parts_.store.read(body));
  api::lambda::GetFunctionConcurrencyResponse out;
  if (function.reserved_concurrency) {
    out.reserved_concurrent_executions = static_cast<int32_t>(*function.reserved_concurrency);
  }
  co_return out;
}

Async<ops::DeleteFunctionConcurrency::Output> Account::delete_concurrency(
    const wire::Call& call, api::lambda::DeleteFunctionConcurrencyRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY_VOID(check_unqualified(ref));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteFunctionConcurrency::Output> {
    Tables tables(tx, ref);
    TRY(FunctionRecord function, co_await require_function(tx, ref, ref.arn_of(kLatest)));
    if (function.reserved_concurrency) {
      TRY(const int64_t provisioned, co_await provisioned_sum(tx, ref));
      change_claims(tx, ref, provisioned - *function.reserved_concurrency);
      function.reserved_concurrency.reset();
      tables.functions.put(Key(ref.name), function);
    }
    co_return ops::DeleteFunctionConcurrency::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::GetAccountSettingsResponse> Account::settings(const wire::Call& call,
                                                                 api::lambda::GetAccountSettingsRequest) {
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::GetAccountSettingsResponse> {
    Tables tables(tx, call.account, call.region);
    TRY(const auto functions, co_await tables.functions.all());
    TRY(const auto versions, co_await tables.versions.all());
    TRY(const auto layers, co_await tables.layer_versions.all());
    uint64_t code_bytes = 0;
    for (const auto& entry : functions) code_bytes += package_bytes(entry.record.latest);
    for (const auto& entry : versions) code_bytes += package_bytes(entry.record);
    for (const auto& entry : layers) code_bytes += entry.record.code.size_bytes;
    TRY(const int claimed, co_await claimed_sum(tx, call.account, call.region));
    const int concurrency = parts_.concurrency.account_limit();
    co_return api::lambda::GetAccountSettingsResponse{
        .account_limit =
            api::lambda::AccountLimit{
                .total_code_size = static_cast<int64_t>(limits::kTotalCodeBytesMax),
                .code_size_unzipped = static_cast<int64_t>(limits::kUnzippedCodeBytesMax),
                .code_size_zipped = static_cast<int64_t>(limits::kZippedCodeBytesMax),
                .concurrent_executions = concurrency,
                .unreserved_concurrent_executions = concurrency - claimed},
        .account_usage = api::lambda::AccountUsage{.total_code_size = static_cast<int64_t>(code_bytes),
                                                   .function_count = static_cast<int64_t>(functions.size())}};
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::TagResource::Output> Account::tag(const wire::Call& call, api::lambda::TagResourceRequest input) {
  if (input.tags.empty()) {
    co_return errors::invalid_parameter_value_exception(
        "An error occurred and the request cannot be processed.");
  }
  const std::function<void(TagMap&)> change = [&](TagMap& tags) {
    for (const auto& [key, value] : input.tags) tags[key] = value;
  };
  auto body = [&](store::Transaction& tx) -> Async<ops::TagResource::Output> {
    TRY_VOID(co_await with_tags(tx, call, input.resource, change));
    co_return ops::TagResource::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::UntagResource::Output> Account::untag(const wire::Call& call,
                                                 api::lambda::UntagResourceRequest input) {
  const std::function<void(TagMap&)> change = [&](TagMap& tags) {
    for (const std::string& key : input.tag_keys) tags.erase(key);
  };
  auto body = [&](store::Transaction& tx) -> Async<ops::UntagResource::Output> {
    TRY_VOID(co_await with_tags(tx, call, input.resource, change));
    co_return ops::UntagResource::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::ListTagsResponse> Account::list_tags(const wire::Call& call,
                                                        api::lambda::ListTagsRequest input) {
  const std::function<void(TagMap&)> none;
  auto body = [&](store::Transaction& tx) -> Async<TagMap> {
    co_return co_await with_tags(tx, call, input.resource, none);
  };
  TRY(TagMap tags, co_await parts_.store.read(body));
  co_return api::lambda::ListTagsResponse{.tags = std::move(tags)};
}

}  // namespace hearth::services::lambda
