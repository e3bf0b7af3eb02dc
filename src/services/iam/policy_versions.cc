#include "services/iam/policy_versions.h"

#include <charconv>
#include <ranges>

#include "base/encoding.h"
#include "services/iam/documents.h"
#include "services/iam/limits.h"
#include "services/iam/managed.h"
#include "services/iam/named.h"

namespace hearth::services::iam {
namespace {

using Version = api::iam::PolicyVersion;

// "v7" as a number; 0 for what can be no version of ours.
int64_t number_of(std::string_view id) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
  return error == std::errc() && end == id.data() + id.size() ? number : 0;
}

Version show(int64_t number, bool is_default, TimePoint created) {
  return {.version_id = fmt::format("v{}", number), .is_default_version = is_default, .create_date = created};
}

Version show_of_aws(const identity::ManagedPolicy& policy) {
  return show(policy.version, true, policy.updated());
}

// The versions of one policy, the newest first, without their documents.
Async<std::vector<Version>> all_versions(Tables& tables, ManagedRef policy) {
  std::vector<Version> out;
  if (policy.of_aws) {
    out.push_back(show_of_aws(*policy.of_aws));
    co_return out;
  }
  TRY(const auto entries, co_await tables.versions.all(Key(policy.own->id)));
  for (const auto& entry : std::views::reverse(entries)) {
    TRY(const auto key, (store::parse_key<std::string, int64_t>(entry.key)));
    const int64_t number = std::get<1>(key);
    out.push_back(show(number, number == policy.own->default_version, entry.record.created));
  }
  co_return out;
}

// One version of a policy that may be changed.
struct OwnVersion {
  ManagedRef policy;
  int64_t number = 0;
};
Async<OwnVersion> own_version(Tables& tables, std::string arn, std::string id) {
  OwnVersion out{.number = number_of(id)};
  TRY(out.policy, co_await own_policy(tables, arn));
  TRY(const bool known, co_await tables.versions.contains(Key(out.policy.own->id, out.number)));
  if (!known) co_return errors::version_not_found(arn, id);
  co_return out;
}

}  // namespace

void PolicyVersions::mount(wire::Router& router) {
  router.on<ops::CreatePolicyVersion>(*this, &PolicyVersions::create);
  router.on<ops::GetPolicyVersion>(*this, &PolicyVersions::get);
  router.on<ops::ListPolicyVersions>(*this, &PolicyVersions::list);
  router.on<ops::DeletePolicyVersion>(*this, &PolicyVersions::remove);
  router.on<ops::SetDefaultPolicyVersion>(*this, &PolicyVersions::set_default);
}

Async<api::iam::CreatePolicyVersionResponse> PolicyVersions::create(
    const wire::Call& call, api::iam::CreatePolicyVersionRequest input) {
  TRY_VOID(check_managed(input.policy_document));
  const TimePoint now = parts_.now();
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreatePolicyVersionResponse> {
    Tables tables(tx, call.account);
    TRY(const ManagedRef policy, co_await own_policy(tables, input.policy_arn));
    identity::PolicyRecord record = *policy.own;
    TRY(const size_t count, co_await tables.versions.count(Key(record.id)));
    if (count >= limits::kVersionsMax) {
      co_return errors::limit_exceeded_exception(
          "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
          "existing version.");
    }
    const int64_t number = ++record.last_version;
    const bool is_default = input.set_as_default.value_or(false);
    if (is_default) record.default_version = number;
    record.updated = now;
    put_named(tables, record);
    tables.versions.put(Key(record.id, number), {.document = input.policy_document, .created = now});
    co_return api::iam::CreatePolicyVersionResponse{.policy_version = show(number, is_default, now)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetPolicyVersionResponse> PolicyVersions::get(const wire::Call& call,
                                                              api::iam::GetPolicyVersionRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetPolicyVersionResponse> {
    Tables tables(tx, call.account);
    TRY(const auto policy, co_await find_managed(tables, input.policy_arn));
    if (!policy) co_return errors::policy_not_found(input.policy_arn);
    const int64_t number = number_of(input.version_id);
    Version version;
    if (policy->of_aws) {
      if (number != policy->of_aws->version)
        co_return errors::version_not_found(policy->arn, input.version_id);
      version = show_of_aws(*policy->of_aws);
      version.document = percent_encode(policy->of_aws->document);
    } else {
      TRY(const auto record, co_await tables.versions.get(Key(policy->own->id, number)));
      if (!record) co_return errors::version_not_found(policy->arn, input.version_id);
      version = show(number, number == policy->own->default_version, record->created);
      version.document = percent_encode(record->document);
    }
    co_return api::iam::GetPolicyVersionResponse{.policy_version = std::move(version)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::ListPolicyVersionsResponse> PolicyVersions::list(const wire::Call& call,
                                                                 api::iam::ListPolicyVersionsRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListPolicyVersionsResponse> {
    Tables tables(tx, call.account);
    TRY(const auto policy, co_await find_managed(tables, input.policy_arn));
    if (!policy) co_return errors::policy_not_found(input.policy_arn);
    TRY(auto all, co_await all_versions(tables, *policy));
    TRY(auto given, page_of(std::move(all), page));
    api::iam::ListPolicyVersionsResponse out;
    out.versions = std::move(given.first);
    end_page(out, given.second);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::DeletePolicyVersion::Output> PolicyVersions::remove(const wire::Call& call,
                                                               api::iam::DeletePolicyVersionRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeletePolicyVersion::Output> {
    Tables tables(tx, call.account);
    TRY(const OwnVersion version, co_await own_version(tables, input.policy_arn, input.version_id));
    if (version.number == version.policy.own->default_version) {
      co_return errors::delete_conflict_exception("Cannot delete the default version of a policy.");
    }
    tables.versions.erase(Key(version.policy.own->id, version.number));
    co_return ops::DeletePolicyVersion::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::SetDefaultPolicyVersion::Output> PolicyVersions::set_default(
    const wire::Call& call, api::iam::SetDefaultPolicyVersionRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::SetDefaultPolicyVersion::Output> {
    Tables tables(tx, call.account);
    TRY(const OwnVersion version, co_await own_version(tables, input.policy_arn, input.version_id));
    identity::PolicyRecord record = *version.policy.own;
    record.default_version = version.number;
    put_named(tables, record);
    co_return ops::SetDefaultPolicyVersion::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::iam
