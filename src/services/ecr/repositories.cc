#include "services/ecr/repositories.h"

#include "base/encoding.h"
#include "base/log.h"
#include "identity/caller.h"
#include "services/ecr/clearing.h"
#include "services/ecr/limits.h"
#include "services/ecr/tag_rules.h"
#include "services/ecr/tags.h"
#include "wire/not_implemented.h"

namespace hearth::services::ecr {
namespace {

namespace ops = api::ecr::ops;
using Filters = std::optional<std::vector<api::ecr::ImageTagMutabilityExclusionFilter>>;
using store::Key;

std::vector<std::string> patterns_of(const Filters& filters) {
  std::vector<std::string> patterns;
  if (!filters) return patterns;
  for (const auto& filter : *filters) patterns.push_back(filter.filter);
  return patterns;
}

Filters filters_of(const RepositoryRecord& record) {
  if (record.exclusions.empty()) return std::nullopt;
  Filters filters(std::in_place);
  for (const std::string& pattern : record.exclusions) {
    filters->push_back({.filter_type = "WILDCARD", .filter = pattern});
  }
  return filters;
}

}  // namespace

void Repositories::mount(wire::Router& router) {
  router.on<ops::CreateRepository>(*this, &Repositories::create);
  router.on<ops::DescribeRepositories>(*this, &Repositories::describe);
  router.on<ops::DeleteRepository>(*this, &Repositories::remove);
  router.on<ops::PutImageTagMutability>(*this, &Repositories::set_mutability);
  router.on<ops::PutImageScanningConfiguration>(*this, &Repositories::set_scanning);
  router.on<ops::GetAuthorizationToken>(*this, &Repositories::authorize);
}

// How the layers lie on the disk is not told: they are as they were pushed.
api::ecr::Repository Repositories::shown(const Call& call, const RepositoryRef& ref,
                                         const RepositoryRecord& record) const {
  return {.repository_arn = ref.arn(),
          .registry_id = ref.account,
          .repository_name = ref.name,
          .repository_uri = parts_.hosts.host_of(call, {ref.account, ref.region}) + "/" + ref.name,
          .created_at = record.created,
          .image_tag_mutability = record.mutability,
          .image_tag_mutability_exclusion_filters = filters_of(record),
          .image_scanning_configuration =
              api::ecr::ImageScanningConfiguration{.scan_on_push = record.scan_on_push}};
}

Async<api::ecr::CreateRepositoryResponse> Repositories::create(const Call& call,
                                                               api::ecr::CreateRepositoryRequest input) {
  TRY_VOID(wire::refuse_given(input.encryption_configuration, "encryption of repositories"));
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  if (ref.account != call.account) {
    co_return errors::invalid_parameter("registryId",
                                        "Repositories are created in the caller's own registry");
  }
  RepositoryRecord record{.id = parts_.random.next(), .created = parts_.clock.now()};
  TRY_VOID(ecr::set_mutability(record, input.image_tag_mutability.value_or("MUTABLE"),
                               patterns_of(input.image_tag_mutability_exclusion_filters)));
  if (input.image_scanning_configuration) {
    record.scan_on_push = input.image_scanning_configuration->scan_on_push.value_or(false);
  }
  if (input.tags) TRY_VOID(add_tags(record.tags, *input.tags));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    auto table = repositories(tx, ref);
    TRY(const bool exists, co_await table.contains(Key(ref.name)));
    if (exists) co_return errors::repository_exists(ref);
    table.put(Key(ref.name), record);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::ecr::CreateRepositoryResponse{.repository = shown(call, ref, record)};
}

Async<api::ecr::DescribeRepositoriesResponse> Repositories::describe(
    const Call& call, api::ecr::DescribeRepositoriesRequest input) {
  const auto scope = RepositoryRef::of(call, input.registry_id, {});
  if (input.repository_names) co_return co_await named(call, scope, *std::move(input.repository_names));
  RepositoryRef all = scope;
  all.name = "*";
  TRY_VOID(co_await parts_.authorizer.authorize(
      call, {.action = "ecr:DescribeRepositories", .resource = all.arn()}));
  store::ListOptions options{.rows_max = input.max_results ? static_cast<size_t>(*input.max_results)
                                                           : limits::kPageDefault};
  if (input.next_token) options.after = Key(*input.next_token).bytes();
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::DescribeRepositoriesResponse> {
    TRY(const auto page, co_await repositories(tx, scope).list(options));
    api::ecr::DescribeRepositoriesResponse out;
    out.repositories.emplace();
    RepositoryRef ref = scope;
    for (const auto& [key, record] : page.entries) {
      TRY(auto name, store::parse_key<std::string>(key));
      ref.name = std::get<0>(std::move(name));
      out.repositories->push_back(shown(call, ref, record));
    }
    if (!page.next.empty()) out.next_token = ref.name;
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::ecr::DescribeRepositoriesResponse> Repositories::named(const Call& call, RepositoryRef scope,
                                                                  std::vector<std::string> names) {
  std::vector<RepositoryRef> refs;
  for (std::string& name : names) {
    scope.name = std::move(name);
    TRY_VOID(co_await parts_.authorizer.authorize(
        call, {.action = "ecr:DescribeRepositories", .resource = scope.arn()}));
    refs.push_back(scope);
  }
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::DescribeRepositoriesResponse> {
    api::ecr::DescribeRepositoriesResponse out;
    out.repositories.emplace();
    for (const RepositoryRef& ref : refs) {
      TRY(const RepositoryRecord record, co_await require_repository(tx, ref));
      out.repositories->push_back(shown(call, ref, record));
    }
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::ecr::DeleteRepositoryResponse> Repositories::remove(const Call& call,
                                                               api::ecr::DeleteRepositoryRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  auto body = [&](store::Transaction& tx) -> Async<RepositoryRecord> {
    TRY(RepositoryRecord record, co_await require_repository(tx, ref));
    TRY(const size_t images, co_await Contents(tx, record.id).images.count({}, 1));
    if (images > 0 && !input.force.value_or(false)) co_return errors::repository_not_empty(ref);
    repositories(tx, ref).erase(Key(ref.name));
    mark_for_clearing(tx, record.id);
    co_return record;
  };
  TRY(const RepositoryRecord record, co_await parts_.store.transact(body));
  // It is gone already; what is left over now goes later.
  const auto cleared = co_await clear(parts_, record.id);
  if (!cleared) log::warn("what was in {} goes later: {}", ref.arn(), cleared.error().message);
  co_return api::ecr::DeleteRepositoryResponse{.repository = shown(call, ref, record)};
}

Async<api::ecr::PutImageTagMutabilityResponse> Repositories::set_mutability(
    const Call& call, api::ecr::PutImageTagMutabilityRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::PutImageTagMutabilityResponse> {
    TRY(RepositoryRecord record, co_await require_repository(tx, ref));
    TRY_VOID(ecr::set_mutability(record, input.image_tag_mutability,
                                 patterns_of(input.image_tag_mutability_exclusion_filters)));
    repositories(tx, ref).put(Key(ref.name), record);
    co_return api::ecr::PutImageTagMutabilityResponse{
        .registry_id = ref.account,
        .repository_name = ref.name,
        .image_tag_mutability = record.mutability,
        .image_tag_mutability_exclusion_filters = filters_of(record)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::ecr::PutImageScanningConfigurationResponse> Repositories::set_scanning(
    const Call& call, api::ecr::PutImageScanningConfigurationRequest input) {
  const auto ref = RepositoryRef::of(call, input.registry_id, input.repository_name);
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::PutImageScanningConfigurationResponse> {
    TRY(RepositoryRecord record, co_await require_repository(tx, ref));
    record.scan_on_push = input.image_scanning_configuration.scan_on_push.value_or(false);
    repositories(tx, ref).put(Key(ref.name), record);
    co_return api::ecr::PutImageScanningConfigurationResponse{
        .registry_id = ref.account,
        .repository_name = ref.name,
        .image_scanning_configuration =
            api::ecr::ImageScanningConfiguration{.scan_on_push = record.scan_on_push}};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::ecr::GetAuthorizationTokenResponse> Repositories::authorize(
    const Call& call, api::ecr::GetAuthorizationTokenRequest input) {
  const auto caller = std::dynamic_pointer_cast<const identity::Caller>(call.identity.details);
  if (!caller || call.identity.access_key_id.empty()) {
    co_return wire::not_implemented("authorization tokens for callers without a key");
  }
  const TimePoint expires = std::chrono::floor<std::chrono::seconds>(parts_.clock.now()) + limits::kTokenLife;
  const std::string password = parts_.passes.seal(Pass{.access_key_id = call.identity.access_key_id,
                                                       .session_token = caller->session_token,
                                                       .expires = expires});
  const std::string token = base64_encode(std::string(Passes::kUser) + ":" + password);
  api::ecr::GetAuthorizationTokenResponse out;
  out.authorization_data.emplace();
  for (const std::string& account : input.registry_ids.value_or(std::vector{call.account})) {
    const std::string host = parts_.hosts.host_of(call, {account, call.region});
    out.authorization_data->push_back({.authorization_token = token,
                                       .expires_at = expires,
                                       .proxy_endpoint = (call.tls ? "https://" : "http://") + host});
  }
  co_return out;
}

}  // namespace hearth::services::ecr
