#include "services/iam/account.h"

#include "identity/accounts.h"
#include "services/iam/limits.h"
#include "services/iam/paging.h"

namespace hearth::services::iam {
namespace {

using identity::SharedTables;

Error alias_not_found(const std::string& alias) {
  return errors::no_such_entity_exception(fmt::format("The account alias {} cannot be found.", alias));
}

// RE2 cannot say it: no two hyphens in a row.
Status check_alias(const std::string& alias) {
  if (!alias.contains("--")) return {};
  return fail(errors::validation(
      fmt::format("1 validation error detected: Value '{}' at 'accountAlias' failed to satisfy constraint: "
                  "Member must satisfy regular expression pattern: "
                  "^[a-z0-9]([a-z0-9]|-(?!-)){{1,61}}[a-z0-9]$",
                  alias)));
}

void add_quotas(std::map<std::string, int32_t>& out) {
  const std::pair<const char*, int64_t> quotas[] = {
      {"UsersQuota", limits::kUsersMax},
      {"GroupsQuota", limits::kGroupsMax},
      {"RolesQuota", limits::kRolesMax},
      {"PoliciesQuota", limits::kPoliciesMax},
      {"InstanceProfilesQuota", limits::kProfilesMax},
      {"UserPolicySizeQuota", limits::kUserPoliciesSizeMax},
      {"GroupPolicySizeQuota", limits::kGroupPoliciesSizeMax},
      {"RolePolicySizeQuota", limits::kRolePoliciesSizeMax},
      {"AssumeRolePolicySizeQuota", limits::kTrustPolicySizeMax},
      {"PolicySizeQuota", limits::kManagedPolicySizeMax},
      {"GroupsPerUserQuota", limits::kGroupsOfUserMax},
      {"AccessKeysPerUserQuota", identity::kAccessKeysMax},
      {"AttachedPoliciesPerUserQuota", limits::kAttachedMax},
      {"AttachedPoliciesPerGroupQuota", limits::kAttachedMax},
      {"AttachedPoliciesPerRoleQuota", limits::kAttachedMax},
      {"VersionsPerPolicyQuota", limits::kVersionsMax},
      {"PolicyVersionsInUseQuota", limits::kPoliciesMax * static_cast<int64_t>(limits::kVersionsMax)},
      // What there is none of here.
      {"ServerCertificates", 0},
      {"ServerCertificatesQuota", 0},
      {"SigningCertificatesPerUserQuota", 0},
      {"MFADevices", 0},
      {"MFADevicesInUse", 0},
      {"AccountMFAEnabled", 0},
      {"AccountPasswordPresent", 0},
      {"AccountSigningCertificatesPresent", 0},
      {"GlobalEndpointTokenVersion", 1},
  };
  for (const auto& [name, value] : quotas) out[name] = static_cast<int32_t>(value);
}

}  // namespace

void Account::mount(wire::Router& router) {
  router.on<ops::CreateAccountAlias>(*this, &Account::create_alias);
  router.on<ops::DeleteAccountAlias>(*this, &Account::delete_alias);
  router.on<ops::ListAccountAliases>(*this, &Account::list_aliases);
  router.on<ops::GetAccountSummary>(*this, &Account::summary);
  router.on<ops::GetAccountAuthorizationDetails>(*this, &Account::authorization_details);
}

Async<ops::CreateAccountAlias::Output> Account::create_alias(const wire::Call& call,
                                                             api::iam::CreateAccountAliasRequest input) {
  TRY_VOID(check_alias(input.account_alias));
  auto body = [&](store::Transaction& tx) -> Async<ops::CreateAccountAlias::Output> {
    SharedTables shared(tx);
    TRY(const auto holder, co_await shared.aliases.get(Key(input.account_alias)));
    if (holder) {
      co_return errors::entity_already_exists_exception(
          fmt::format("The account alias {} already exists.", input.account_alias));
    }
    TRY(auto account, co_await shared.accounts.get(Key(call.account)));
    if (!account) account.emplace(identity::AccountRecord{.created = parts_.now()});
    if (!account->alias.empty()) shared.aliases.erase(Key(account->alias));
    account->alias = input.account_alias;
    shared.accounts.put(Key(call.account), *account);
    shared.aliases.put(Key(input.account_alias), {.account = call.account});
    co_return ops::CreateAccountAlias::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<ops::DeleteAccountAlias::Output> Account::delete_alias(const wire::Call& call,
                                                             api::iam::DeleteAccountAliasRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteAccountAlias::Output> {
    SharedTables shared(tx);
    TRY(auto account, co_await shared.accounts.get(Key(call.account)));
    if (!account || account->alias != input.account_alias) co_return alias_not_found(input.account_alias);
    account->alias.clear();
    shared.accounts.put(Key(call.account), *account);
    shared.aliases.erase(Key(input.account_alias));
    co_return ops::DeleteAccountAlias::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::ListAccountAliasesResponse> Account::list_aliases(const wire::Call& call,
                                                                  api::iam::ListAccountAliasesRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListAccountAliasesResponse> {
    TRY(auto account, co_await SharedTables(tx).accounts.get(Key(call.account)));
    std::vector<std::string> all;
    if (account && !account->alias.empty()) all.push_back(std::move(account->alias));
    TRY(auto given, page_of(std::move(all), page));
    api::iam::ListAccountAliasesResponse out{.account_aliases = std::move(given.first)};
    end_page(out, given.second);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::GetAccountSummaryResponse> Account::summary(const wire::Call& call,
                                                            ops::GetAccountSummary::Input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetAccountSummaryResponse> {
    Tables tables(tx, call.account);
    api::iam::GetAccountSummaryResponse out;
    auto& map = out.summary_map.emplace();
    add_quotas(map);
    const std::pair<const char*, EntityKind> kinds[] = {{"Users", EntityKind::kUser},
                                                        {"Groups", EntityKind::kGroup},
                                                        {"Roles", EntityKind::kRole},
                                                        {"Policies", EntityKind::kPolicy},
                                                        {"InstanceProfiles", EntityKind::kProfile},
                                                        {"Providers", EntityKind::kProvider}};
    for (const auto& [name, kind] : kinds) {
      TRY(const int64_t count, co_await tables.count(kind));
      map[name] = static_cast<int32_t>(count);
    }
    TRY(const size_t versions, co_await tables.versions.count(Key()));
    map["PolicyVersionsInUse"] = static_cast<int32_t>(versions);
    // The root that asks has a key, be it in the store or in the data directory.
    TRY(const size_t keys, co_await tables.keys_of.count(Key(identity::kRootKeys), 1));
    map["AccountAccessKeysPresent"] = keys || is_root(call) ? 1 : 0;
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
