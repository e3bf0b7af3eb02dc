#include "services/iam/oidc_providers.h"

#include <algorithm>

#include "base/encoding.h"
#include "identity/arn.h"
#include "services/iam/limits.h"
#include "services/iam/tags.h"
#include "wire/not_implemented.h"

namespace hearth::services::iam {
namespace {

using identity::OidcProviderRecord;

constexpr std::string_view kScheme = "https://";

std::string arn_prefix(const std::string& account) {
  return "arn:aws:iam::" + account + ":oidc-provider/";
}

// What stands behind "https://" of a provider's URL.
Result<std::string> address_of(const std::string& url) {
  const bool secure = url.starts_with(kScheme) && url.size() > kScheme.size();
  if (secure && url.find_first_of("?# ") == std::string::npos) return url.substr(kScheme.size());
  return fail(errors::validation("Invalid Open ID Connect Provider URL"));
}

Status check_clients(const std::vector<std::string>& clients) {
  if (clients.size() <= limits::kClientIdsMax) return {};
  return fail(errors::quota("ClientIdsPerOpenIdConnectProvider", limits::kClientIdsMax));
}

Status check_thumbprints(const std::vector<std::string>& thumbprints) {
  if (thumbprints.size() > limits::kThumbprintsMax) {
    return fail(errors::invalid_input_exception("Thumbprint list must contain fewer than 5 entries."));
  }
  return {};
}

}  // namespace

std::string provider_arn(const std::string& account, std::string_view url) {
  return arn_prefix(account).append(url);
}

Async<OidcProviderRecord> find_provider(Tables& tables, std::string arn) {
  if (!arn.starts_with("arn:")) co_return errors::validation("Invalid ARN:  Could not be parsed!");
  const std::string prefix = arn_prefix(tables.account);
  if (!arn.starts_with(prefix)) co_return errors::provider_not_found(arn);
  TRY(auto record, co_await tables.providers.get(Key(to_lower(arn.substr(prefix.size())))));
  if (!record) co_return errors::provider_not_found(arn);
  co_return *std::move(record);
}

void OidcProviders::mount(wire::Router& router) {
  router.on<ops::CreateOpenIDConnectProvider>(*this, &OidcProviders::create);
  router.on<ops::GetOpenIDConnectProvider>(*this, &OidcProviders::get);
  router.on<ops::ListOpenIDConnectProviders>(*this, &OidcProviders::list);
  router.on<ops::DeleteOpenIDConnectProvider>(*this, &OidcProviders::remove);
  router.on<ops::AddClientIDToOpenIDConnectProvider>(*this, &OidcProviders::add_client);
  router.on<ops::RemoveClientIDFromOpenIDConnectProvider>(*this, &OidcProviders::remove_client);
  router.on<ops::UpdateOpenIDConnectProviderThumbprint>(*this, &OidcProviders::set_thumbprints);
}

Async<api::iam::CreateOpenIDConnectProviderResponse> OidcProviders::create(
    const wire::Call& call, api::iam::CreateOpenIDConnectProviderRequest input) {
  TRY_VOID(wire::refuse_given(input.context_provider, "ContextProvider"));
  TRY_VOID(wire::refuse_given(input.identity_center_instance_arn, "IdentityCenterInstanceArn"));
  TRY(const std::string address, address_of(input.url));
  const OidcProviderRecord record{.id = identity::make_id(parts_.random, "OIDC"),
                                  .url = address,
                                  .created = parts_.now(),
                                  .client_ids = input.client_id_list.value_or(std::vector<std::string>()),
                                  .thumbprints = input.thumbprint_list.value_or(std::vector<std::string>())};
  TRY_VOID(check_clients(record.client_ids));
  TRY_VOID(check_thumbprints(record.thumbprints));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreateOpenIDConnectProviderResponse> {
    Tables tables(tx, call.account);
    TRY(const bool taken, co_await tables.providers.contains(Key(to_lower(address))));
    if (taken) co_return errors::exists(EntityKind::kProvider, input.url);
    TRY_VOID(co_await check_room(tables, EntityKind::kProvider));
    TRY_VOID(co_await put_tags(tables, record.id, input.tags.value_or(TagList())));
    tables.providers.put(Key(to_lower(address)), record);
    add_entity(tables, EntityKind::kProvider, record.id, address);
    co_return api::iam::CreateOpenIDConnectProviderResponse{
        .open_id_connect_provider_arn = provider_arn(call.account, address), .tags = input.tags};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetOpenIDConnectProviderResponse> OidcProviders::get(
    const wire::Call& call, api::iam::GetOpenIDConnectProviderRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetOpenIDConnectProviderResponse> {
    Tables tables(tx, call.account);
    TRY(OidcProviderRecord record, co_await find_provider(tables, input.open_id_connect_provider_arn));
    TRY(TagList tags, co_await tags_of(tables, record.id));
    co_return api::iam::GetOpenIDConnectProviderResponse{.url = std::move(record.url),
                                                         .client_id_list = std::move(record.client_ids),
                                                         .thumbprint_list = std::move(record.thumbprints),
                                                         .create_date = record.created,
                                                         .tags = std::move(tags)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::ListOpenIDConnectProvidersResponse> OidcProviders::list(
    const wire::Call& call, api::iam::ListOpenIDConnectProvidersRequest) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListOpenIDConnectProvidersResponse> {
    TRY(const auto entries, co_await Tables(tx, call.account).providers.all());
    api::iam::ListOpenIDConnectProvidersResponse out;
    auto& shown = out.open_id_connect_provider_list.emplace();
    for (const auto& entry : entries) shown.push_back({.arn = provider_arn(call.account, entry.record.url)});
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::DeleteOpenIDConnectProvider::Output> OidcProviders::remove(
    const wire::Call& call, api::iam::DeleteOpenIDConnectProviderRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteOpenIDConnectProvider::Output> {
    Tables tables(tx, call.account);
    TRY(const OidcProviderRecord record, co_await find_provider(tables, input.open_id_connect_provider_arn));
    tables.providers.erase(Key(to_lower(record.url)));
    remove_entity(tables, EntityKind::kProvider, record.id);
    co_return ops::DeleteOpenIDConnectProvider::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<void> OidcProviders::change(const wire::Call& call, std::string arn, Change change) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx, call.account);
    TRY(OidcProviderRecord record, co_await find_provider(tables, arn));
    TRY_VOID(change(record));
    tables.providers.put(Key(to_lower(record.url)), record);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::AddClientIDToOpenIDConnectProvider::Output> OidcProviders::add_client(
    const wire::Call& call, api::iam::AddClientIDToOpenIDConnectProviderRequest input) {
  TRY_VOID(co_await change(call, input.open_id_connect_provider_arn, [&](OidcProviderRecord& record) {
    if (std::ranges::find(record.client_ids, input.client_id) != record.client_ids.end()) return Status();
    record.client_ids.push_back(input.client_id);
    return check_clients(record.client_ids);
  }));
  co_return ops::AddClientIDToOpenIDConnectProvider::Output{};
}

Async<ops::RemoveClientIDFromOpenIDConnectProvider::Output> OidcProviders::remove_client(
    const wire::Call& call, api::iam::RemoveClientIDFromOpenIDConnectProviderRequest input) {
  TRY_VOID(co_await change(call, input.open_id_connect_provider_arn, [&](OidcProviderRecord& record) {
    std::erase(record.client_ids, input.client_id);
    return Status();
  }));
  co_return ops::RemoveClientIDFromOpenIDConnectProvider::Output{};
}

Async<ops::UpdateOpenIDConnectProviderThumbprint::Output> OidcProviders::set_thumbprints(
    const wire::Call& call, api::iam::UpdateOpenIDConnectProviderThumbprintRequest input) {
  TRY_VOID(check_thumbprints(input.thumbprint_list));
  TRY_VOID(co_await change(call, input.open_id_connect_provider_arn, [&](OidcProviderRecord& record) {
    record.thumbprints = input.thumbprint_list;
    return Status();
  }));
  co_return ops::UpdateOpenIDConnectProviderThumbprint::Output{};
}

}  // namespace hearth::services::iam
