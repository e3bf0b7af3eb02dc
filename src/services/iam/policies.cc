#include "services/iam/policies.h"

#include "identity/arn.h"
#include "services/iam/documents.h"
#include "services/iam/limits.h"
#include "services/iam/named.h"

namespace hearth::services::iam {
namespace {

using identity::PolicyRecord;

// Which policies a list is about.
struct Wanted {
  explicit Wanted(const api::iam::ListPoliciesRequest& input)
      : own(input.scope.value_or("All") != "AWS"),
        of_aws(input.scope.value_or("All") != "Local"),
        attached(input.only_attached.value_or(false)),
        usage(input.policy_usage_filter.value_or("")),
        prefix(input.path_prefix.value_or("/")) {}

  bool operator()(const api::iam::Policy& policy) const {
    const bool attached_somewhere = *policy.attachment_count > 0;
    const bool bounds_someone = *policy.permissions_boundary_usage_count > 0;
    if (usage == "PermissionsBoundary") return bounds_someone;
    if (usage == "PermissionsPolicy" && attached) return attached_somewhere;
    return !attached || attached_somewhere || bounds_someone;
  }

  bool own;
  bool of_aws;
  bool attached;
  std::string usage;
  std::string prefix;
};

// Markers of ListPolicies name the half of the list they are in.
constexpr char kOwnHalf = 'o', kAwsHalf = 'a';

// Adds a policy to a page. True when the page was full before, and ends there.
template <typename Output>
bool add_to_page(Output& out, std::string& last, size_t size, api::iam::Policy policy, std::string marker) {
  if (out.policies->size() == size) {
    end_page(out, last);
    return true;
  }
  out.policies->push_back(std::move(policy));
  last = std::move(marker);
  return false;
}

// Adds the entity behind an id, if the caller asked for its kind and path.
Async<void> add_user_or_role(Tables& tables, std::string id,
                             const api::iam::ListEntitiesForPolicyRequest& input,
                             api::iam::ListEntitiesForPolicyResponse& out) {
  const std::string prefix = input.path_prefix.value_or("/");
  const auto wanted = [&](std::string_view kind, const std::string& path) {
    return (!input.entity_filter || *input.entity_filter == kind) && path.starts_with(prefix);
  };
  TRY(auto user, co_await identity::user_of_id(tables, id));
  if (user && wanted("User", user->path))
    out.policy_users->push_back({.user_name = user->name, .user_id = id});
  TRY(auto group, co_await identity::group_of_id(tables, id));
  if (group && wanted("Group", group->path)) {
    out.policy_groups->push_back({.group_name = group->name, .group_id = id});
  }
  TRY(auto role, co_await identity::role_of_id(tables, id));
  if (role && wanted("Role", role->path))
    out.policy_roles->push_back({.role_name = role->name, .role_id = id});
  co_return {};
}

}  // namespace

ManagedRef ref_of(const Tables& tables, PolicyRecord record) {
  ManagedRef out{.arn = identity::iam_arn(tables.account, "policy", record.path, record.name),
                 .name = record.name,
                 .path = record.path};
  out.own = std::move(record);
  return out;
}

ManagedRef ref_of(const identity::ManagedPolicy& policy) {
  return {.arn = policy.arn(),
          .name = std::string(policy.name),
          .path = std::string(policy.path),
          .of_aws = &policy};
}

Async<api::iam::Policy> show_policy(Tables& tables, ManagedRef policy) {
  api::iam::Policy out{
      .policy_name = policy.name, .arn = policy.arn, .path = policy.path, .is_attachable = true};
  if (policy.of_aws) {
    out.policy_id = policy.of_aws->id();
    out.default_version_id = fmt::format("v{}", policy.of_aws->version);
    out.create_date = policy.of_aws->created();
    out.update_date = policy.of_aws->updated();
  } else {
    out.policy_id = policy.own->id;
    out.default_version_id = fmt::format("v{}", policy.own->default_version);
    out.create_date = policy.own->created;
    out.update_date = policy.own->updated;
  }
  TRY(out.attachment_count, co_await attachment_count(tables, policy.arn));
  TRY(out.permissions_boundary_usage_count, co_await boundary_count(tables, policy.arn));
  co_return out;
}

void Policies::mount(wire::Router& router) {
  router.on<ops::CreatePolicy>(*this, &Policies::create);
  router.on<ops::GetPolicy>(*this, &Policies::get);
  router.on<ops::ListPolicies>(*this, &Policies::list);
  router.on<ops::DeletePolicy>(*this, &Policies::remove);
  router.on<ops::ListEntitiesForPolicy>(*this, &Policies::entities);
}

Async<api::iam::CreatePolicyResponse> Policies::create(const wire::Call& call,
                                                       api::iam::CreatePolicyRequest input) {
  TRY_VOID(check_managed(input.policy_document));
  const TimePoint now = parts_.now();
  const PolicyRecord record{.id = identity::make_id(parts_.random, "ANPA"),
                            .name = input.policy_name,
                            .path = input.path,
                            .created = now,
                            .updated = now,
                            .description = input.description};
  auto body = [&](store::Transaction& tx) -> Async<api::iam::CreatePolicyResponse> {
    Tables tables(tx, call.account);
    TRY_VOID(co_await check_new<PolicyRecord>(tables, record.name));
    TRY_VOID(co_await put_new(tables, record, input.tags));
    tables.versions.put(Key(record.id, record.default_version),
                        {.document = input.policy_document, .created = now});
    TRY(api::iam::Policy policy, co_await show_policy(tables, ref_of(tables, record)));
    policy.tags = if_any(input.tags);
    co_return api::iam::CreatePolicyResponse{.policy = std::move(policy)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::GetPolicyResponse> Policies::get(const wire::Call& call, api::iam::GetPolicyRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::iam::GetPolicyResponse> {
    Tables tables(tx, call.account);
    TRY(const auto found, co_await find_managed(tables, input.policy_arn));
    if (!found) co_return errors::policy_not_found(input.policy_arn);
    TRY(api::iam::Policy policy, co_await show_policy(tables, *found));
    policy.tags.emplace();
    if (found->own) {
      policy.description = found->own->description;
      TRY(policy.tags, co_await tags_of(tables, found->own->id));
    }
    co_return api::iam::GetPolicyResponse{.policy = std::move(policy)};
  };
  co_return co_await parts_.store.read(body);
}

Async<api::iam::ListPoliciesResponse> Policies::list(const wire::Call& call,
                                                     api::iam::ListPoliciesRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  const Wanted wanted(input);
  const char half = page.after.empty() ? kOwnHalf : page.after[0];
  const std::string after = page.after.empty() ? std::string() : page.after.substr(1);
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListPoliciesResponse> {
    Tables tables(tx, call.account);
    api::iam::ListPoliciesResponse out;
    out.policies.emplace();
    std::string last;
    if (wanted.own && half == kOwnHalf) {
      TRY(auto own, co_await tables.policies.all());
      for (auto& entry : own) {
        if (entry.key <= after || !entry.record.path.starts_with(wanted.prefix)) continue;
        TRY(auto policy, co_await show_policy(tables, ref_of(tables, std::move(entry.record))));
        if (wanted(policy) && add_to_page(out, last, page.size, std::move(policy), kOwnHalf + entry.key)) {
          co_return out;
        }
      }
    }
    for (const identity::ManagedPolicy& one : identity::managed_policies()) {
      if (!wanted.of_aws || !one.path.starts_with(wanted.prefix)) continue;
      const std::string place = std::string(one.path) + std::string(one.name);
      if (half == kAwsHalf && place <= after) continue;
      TRY(auto policy, co_await show_policy(tables, ref_of(one)));
      if (wanted(policy) && add_to_page(out, last, page.size, std::move(policy), kAwsHalf + place)) {
        co_return out;
      }
    }
    end_page(out, "");
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

Async<ops::DeletePolicy::Output> Policies::remove(const wire::Call& call,
                                                  api::iam::DeletePolicyRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<ops::DeletePolicy::Output> {
    Tables tables(tx, call.account);
    TRY(const ManagedRef policy, co_await own_policy(tables, input.policy_arn));
    TRY(const size_t attached, co_await tables.attached_to.count(Key(policy.arn), 1));
    TRY(const size_t bounds, co_await tables.bounds.count(Key(policy.arn), 1));
    if (attached || bounds) {
      co_return errors::delete_conflict_exception("Cannot delete a policy attached to entities.");
    }
    TRY(const size_t versions, co_await tables.versions.count(Key(policy.own->id)));
    if (versions > 1) {
      co_return errors::delete_conflict_exception(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's "
          "versions. The default version is deleted with the policy.");
    }
    erase_named(tables, *policy.own);
    tables.versions.erase_under(Key(policy.own->id));
    co_return ops::DeletePolicy::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::iam::ListEntitiesForPolicyResponse> Policies::entities(
    const wire::Call& call, api::iam::ListEntitiesForPolicyRequest input) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<api::iam::ListEntitiesForPolicyResponse> {
    Tables tables(tx, call.account);
    TRY(const auto policy, co_await find_managed(tables, input.policy_arn));
    if (!policy) co_return errors::policy_not_found(input.policy_arn);
    std::vector<std::string> ids;
    if (input.policy_usage_filter.value_or("") != "PermissionsBoundary") {
      TRY(ids, co_await identity::linked(tables.attached_to, policy->arn));
    }
    if (input.policy_usage_filter.value_or("") != "PermissionsPolicy") {
      TRY(const auto bounded, co_await identity::linked(tables.bounds, policy->arn));
      for (const std::string& id : bounded) {
        if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
      }
    }
    TRY(const auto given, page_of(std::move(ids), page));
    api::iam::ListEntitiesForPolicyResponse out;
    out.policy_groups.emplace();
    out.policy_users.emplace();
    out.policy_roles.emplace();
    for (const std::string& id : given.first) TRY_VOID(co_await add_user_or_role(tables, id, input, out));
    end_page(out, given.second);
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
