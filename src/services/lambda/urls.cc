#include "services/lambda/urls.h"

#include <fmt/format.h>

#include "services/lambda/paging.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace ops = api::lambda::ops;
using store::Key;

constexpr size_t kIdLetters = 32;
constexpr std::string_view kIdAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

Key key_of(const FunctionRef& ref) {
  return Key(ref.name, ref.qualifier);
}

CorsRecord record_of(const api::lambda::Cors& cors) {
  CorsRecord record{.allow_credentials = cors.allow_credentials,
                    .allow_headers = cors.allow_headers.value_or(std::vector<std::string>()),
                    .allow_methods = cors.allow_methods.value_or(std::vector<std::string>()),
                    .allow_origins = cors.allow_origins.value_or(std::vector<std::string>()),
                    .expose_headers = cors.expose_headers.value_or(std::vector<std::string>())};
  if (cors.max_age) record.max_age_seconds = *cors.max_age;
  return record;
}

std::optional<api::lambda::Cors> shown(const std::optional<CorsRecord>& record) {
  if (!record) return std::nullopt;
  auto list = [](const std::vector<std::string>& items) {
    return items.empty() ? std::optional<std::vector<std::string>>() : items;
  };
  api::lambda::Cors cors{.allow_credentials = record->allow_credentials,
                         .allow_headers = list(record->allow_headers),
                         .allow_methods = list(record->allow_methods),
                         .allow_origins = list(record->allow_origins),
                         .expose_headers = list(record->expose_headers)};
  if (record->max_age_seconds) cors.max_age = static_cast<int32_t>(*record->max_age_seconds);
  return cors;
}

// The members that all answers have.
template <typename Output>
Output describe(const FunctionRef& ref, const UrlRecord& record) {
  Output out;
  out.function_url = fmt::format("https://{}.lambda-url.{}.on.aws/", record.id, ref.region);
  out.function_arn = ref.qualified_arn();
  out.auth_type = record.auth_type;
  out.cors = shown(record.cors);
  out.creation_time = iso8601_ms(record.created);
  if constexpr (requires { out.last_modified_time; }) out.last_modified_time = iso8601_ms(record.modified);
  out.invoke_mode = record.invoke_mode;
  return out;
}

Error no_such_url() {
  return errors::resource_not_found_exception("The resource you requested does not exist.");
}

// A URL is a function's or an alias's.
Async<void> require_target(store::Transaction& tx, FunctionRef ref) {
  const auto found = co_await resolve(tx, ref);
  if (found && found->version.per_tenant) {
    co_return errors::invalid_parameter_value_exception(
        "Function URLs are not supported for functions with tenant isolation.");
  }
  if (found) co_return {};
  if (found.error().code != "ResourceNotFoundException") co_return found.error();
  co_return errors::resource_not_found_exception("Function does not exist");
}

}  // namespace

void Urls::mount(wire::Router& router) {
  router.on<ops::CreateFunctionUrlConfig>(*this, &Urls::create);
  router.on<ops::GetFunctionUrlConfig>(*this, &Urls::get);
  router.on<ops::UpdateFunctionUrlConfig>(*this, &Urls::update);
  router.on<ops::DeleteFunctionUrlConfig>(*this, &Urls::remove);
  router.on<ops::ListFunctionUrlConfigs>(*this, &Urls::list);
}

Async<api::lambda::CreateFunctionUrlConfigResponse> Urls::create(
    const wire::Call& call, api::lambda::CreateFunctionUrlConfigRequest input) {
  using Output = api::lambda::CreateFunctionUrlConfigResponse;
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  const std::string id = parts_.random.letters(kIdLetters, kIdAlphabet);
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_target(tx, ref));
    TRY(const bool exists, co_await tables.urls.contains(key_of(ref)));
    if (exists) {
      co_return errors::resource_conflict_exception(
          fmt::format("Failed to create function url config for [functionArn = {}]. Error message:  "
                      "FunctionUrlConfig exists for this Lambda function",
                      ref.qualified_arn()));
    }
    UrlRecord record{.id = id, .auth_type = input.auth_type};
    if (input.invoke_mode) record.invoke_mode = *input.invoke_mode;
    if (input.cors) record.cors = record_of(*input.cors);
    record.created = record.modified = parts_.clock.now();
    tables.urls.put(key_of(ref), record);
    url_targets(tx).put(
        Key(id),
        {.account = ref.account, .region = ref.region, .name = ref.name, .qualifier = ref.qualifier});
    auto out = describe<Output>(ref, record);
    // Here, and only here, the service leaves out what the caller did not say.
    out.invoke_mode = input.invoke_mode;
    co_return out;
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::GetFunctionUrlConfigResponse> Urls::get(const wire::Call& call,
                                                           api::lambda::GetFunctionUrlConfigRequest input) {
  using Output = api::lambda::GetFunctionUrlConfigResponse;
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    TRY(const auto record, co_await Tables(tx, ref).urls.get(key_of(ref)));
    if (!record) co_return no_such_url();
    co_return describe<Output>(ref, *record);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::lambda::UpdateFunctionUrlConfigResponse> Urls::update(
    const wire::Call& call, api::lambda::UpdateFunctionUrlConfigRequest input) {
  using Output = api::lambda::UpdateFunctionUrlConfigResponse;
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<Output> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_target(tx, ref));
    TRY(auto record, co_await tables.urls.get(key_of(ref)));
    if (!record) co_return no_such_url();
    if (input.auth_type) record->auth_type = *input.auth_type;
    if (input.invoke_mode) record->invoke_mode = *input.invoke_mode;
    if (input.cors) record->cors = record_of(*input.cors);
    record->modified = parts_.clock.now();
    tables.urls.put(key_of(ref), *record);
    co_return describe<Output>(ref, *record);
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteFunctionUrlConfig::Output> Urls::remove(const wire::Call& call,
                                                         api::lambda::DeleteFunctionUrlConfigRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name, input.qualifier));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteFunctionUrlConfig::Output> {
    Tables tables(tx, ref);
    TRY(const auto record, co_await tables.urls.get(key_of(ref)));
    if (!record) co_return no_such_url();
    tables.urls.erase(key_of(ref));
    url_targets(tx).erase(Key(record->id));
    co_return ops::DeleteFunctionUrlConfig::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::lambda::ListFunctionUrlConfigsResponse> Urls::list(
    const wire::Call& call, api::lambda::ListFunctionUrlConfigsRequest input) {
  TRY(const FunctionRef ref, FunctionRef::parse(call, input.function_name));
  TRY(const PageRequest page, PageRequest::parse(input.marker, input.max_items));
  auto body = [&](store::Transaction& tx) -> Async<api::lambda::ListFunctionUrlConfigsResponse> {
    Tables tables(tx, ref);
    TRY_VOID(co_await require_function(tx, ref, ref.arn()));
    TRY(auto listing,
        co_await tables.urls.list({.under = Key(ref.name), .after = page.after, .rows_max = page.size}));
    api::lambda::ListFunctionUrlConfigsResponse out;
    for (const auto& entry : listing.entries) {
      TRY(auto key, store::parse_key<std::string, std::string>(entry.key));
      const FunctionRef one{ref.account, ref.region, ref.name, std::get<1>(key)};
      out.function_url_configs.push_back(describe<api::lambda::FunctionUrlConfig>(one, entry.record));
    }
    out.next_marker = PageRequest::marker(listing.next);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<void> erase_urls(store::Transaction& tx, FunctionRef ref) {
  Tables tables(tx, ref);
  const Key under = ref.qualifier.empty() ? Key(ref.name) : key_of(ref);
  if (ref.qualifier.empty()) {
    TRY(const auto urls, co_await tables.urls.all(under));
    for (const auto& url : urls) url_targets(tx).erase(Key(url.record.id));
  } else {
    TRY(const auto url, co_await tables.urls.get(under));
    if (url) url_targets(tx).erase(Key(url->id));
  }
  tables.urls.erase_under(under);
  co_return {};
}

}  // namespace hearth::services::lambda
