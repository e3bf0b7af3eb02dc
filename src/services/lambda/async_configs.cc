#include "services/lambda/async_configs.h"

#include <fmt/format.h>

#include "base/unless_empty.h"
#include "services/lambda/destinations.h"
#include "services/lambda/paging.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using api::lambda::FunctionEventInvokeConfig;
using store::Key;

Key key_of(const FunctionRef& ref) {
  return Key(ref.name, std::string(ref.qualifier_or_latest()));
}

FunctionEventInvokeConfig describe(const FunctionRef& ref, std::string_view qualifier,
                                   const AsyncConfigRecord& record) {
  FunctionEventInvokeConfig out{.last_modified = record.modified, .function_arn = ref.arn_of(qualifier)};
  if (record.retries_max) out.maximum_retry_attempts = static_cast<int32_t>(*record.retries_max);
  if (record.age_seconds_max)
    out.maximum_event_age_in_seconds = static_cast<int32_t>(*record.age_seconds_max);
  // Both keys are always there.
  out.destination_config = {
      .on_success = api::lambda::OnSuccess{.destination = unless_empty(record.on_success)},
      .on_failure = api::lambda::OnFailure{.destination = unless_empty(record.on_failure)}};
  return out;
}

Error not_configured(const FunctionRef& ref) {
  return errors::resource_not_found_exception(fmt::format("The function {} doesn't have an EventInvokeConfig",
                                                          ref.arn_of(ref.qualifier_or_latest())));
}

}  // namespace

void AsyncConfigs::mount(wire::Router& router) {
  router.on<ops::PutFunctionEventInvokeConfig>(*this, &AsyncConfigs::put);
  router.on<ops::UpdateFunctionEventInvokeConfig>(*this, &AsyncConfigs::update);
  router.on<ops::GetFunctionEventInvokeConfig>(*this, &AsyncConfigs::get);
  router.on<ops::ListFunctionEventInvokeConfigs>(*this, &AsyncConfigs::list);
  router.on<ops::DeleteFunctionEventInvokeConfig>(*this, &AsyncConfigs::remove);
}

Async<FunctionEventInvokeConfig> AsyncConfigs::put(const wire::Call& call,
                                                   api::lambda::PutFunctionEventInvokeConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  co_return co_await save(ref, std::move(input), false);
}

Async<FunctionEventInvokeConfig> AsyncConfigs::update(
    const wire::Call& call, api::lambda::UpdateFunctionEventInvokeConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  api::lambda::PutFunctionEventInvokeConfigRequest same{
      .maximum_retry_attempts = input.maximum_retry_attempts,
      .maximum_event_age_in_seconds = input.maximum_event_age_in_seconds,
      .destination_config = std::move(input.destination_config)};
  co_return co_await save(ref, std::move(same), true);
}

Async<FunctionEventInvokeConfig> AsyncConfigs::save(FunctionRef ref,
                                                    api::lambda::PutFunctionEventInvokeConfigRequest input,
                                                    bool merge) {
  if (!input.maximum_retry_attempts && !input.maximum_event_age_in_seconds && !input.destination_config) {
    co_return errors::invalid_parameter_value_exception(
        "You must specify at least one of error handling or destination setting.");
  }
  auto body = [&](store::Transaction& tx) -> Async<FunctionEventInvokeConfig> {
    Tables tables(tx, ref);
    const auto target = co_await resolve(tx, ref);
    if (!target) {
      if (target.error().code != "ResourceNotFoundException") co_return target.error();
      co_return errors::resource_not_found_exception("The function doesn't exist.");
    }
    TRY(auto stored, co_await tables.async_configs.get(key_of(ref)));
    if (merge && !stored) co_return not_configured(ref);
    AsyncConfigRecord record = merge ? *std::move(stored) : AsyncConfigRecord{};
    if (input.maximum_retry_attempts) record.retries_max = *input.maximum_retry_attempts;
    if (input.maximum_event_age_in_seconds) record.age_seconds_max = *input.maximum_event_age_in_seconds;
    if (input.destination_config) {
      const auto& destinations = *input.destination_config;
      if (destinations.on_success) record.on_success = destinations.on_success->destination.value_or("");
      if (destinations.on_failure) record.on_failure = destinations.on_failure->destination.value_or("");
      if (target->version.durable && !(record.on_success.empty() && record.on_failure.empty())) {
        co_return errors::invalid_parameter_value_exception("Durable functions do not support destinations.");
      }
      TRY_VOID(
          co_await check_destinations(parts_, ref, target->version.role,
                                      {.on_success = record.on_success, .on_failure = record.on_failure}));
    }
    record.modified = parts_.clock.now();
    tables.async_configs.put(key_of(ref), record);
    co_return describe(ref, ref.qualifier_or_latest(), record);
  };
  co_return co_await parts_.store.transact(body);
}

Async<FunctionEventInvokeConfig> AsyncConfigs::get(const wire::Call& call,
                                                   api::lambda::GetFunctionEventInvokeConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<FunctionEventInvokeConfig> {
    TRY(const auto record, co_await Tables(tx, ref).async_configs.get(key_of(ref)));
    if (!record) co_return not_configured(ref);
    co_return describe(ref, ref.qualifier_or_latest(), *record);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::ListFunctionEventInvokeConfigsResponse> AsyncConfigs::list(
    const wire::Call& call, api::lambda::ListFunctionEventInvokeConfigsRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListFunctionEventInvokeConfigsResponse> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    TRY(auto listing, co_await tables.async_configs.list(
                          {.under = Key(ref.name), .after = page.after, .rows_max = page.size}));
    api::lambda::ListFunctionEventInvokeConfigsResponse out;
    out.function_event_invoke_configs.emplace();
    for (const auto& entry : listing.entries) {
      TRY(auto key, store::parse_key<std::string, std::string>(entry.key));
      out.function_event_invoke_configs->push_back(describe(ref, std::get<1>(key), entry.record));
    }
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::DeleteFunctionEventInvokeConfig::Output> AsyncConfigs::remove(
    const wire::Call& call, api::lambda::DeleteFunctionEventInvokeConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteFunctionEventInvokeConfig::Output> {
    Tables tables(tx, ref);
    TRY(const bool exists, co_await tables.async_configs.contains(key_of(ref)));
    if (!exists) co_return not_configured(ref);
    tables.async_configs.erase(key_of(ref));
    co_return ops::DeleteFunctionEventInvokeConfig::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::lambda
