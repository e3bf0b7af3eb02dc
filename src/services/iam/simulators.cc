#include "services/iam/simulators.h"

#include "base/encoding.h"
#include "identity/arn.h"
#include "io/loop.h"
#include "services/iam/paging.h"
#include "wire/not_implemented.h"

namespace hearth::services::iam {
namespace {

using identity::Policy;
using identity::PolicyKind;
using identity::PolicyPtr;

Result<PolicyPtr> compiled(const std::string& text, PolicyKind kind, const std::string& name) {
  auto policy = Policy::parse(text, kind);
  if (policy) return std::make_shared<const Policy>(*std::move(policy));
  return fail(errors::invalid_input_exception(
      fmt::format("{} is no valid policy: {}", name, policy.error().message)));
}

// Policies that a caller brings along are called by their place.
Status add_given(Simulation& simulation, const std::optional<std::vector<std::string>>& texts) {
  if (!texts) return {};
  for (size_t i = 0; i < texts->size(); ++i) {
    const std::string name = fmt::format("PolicyInputList.{}", i + 1);
    TRY_SYNC(PolicyPtr policy, compiled((*texts)[i], PolicyKind::kIdentity, name));
    simulation.add_policy(std::move(policy), name, "IAM Policy");
  }
  return {};
}

Status add_boundary(Simulation& simulation, const std::optional<std::vector<std::string>>& texts) {
  if (!texts || texts->empty()) return {};
  if (texts->size() > 1) {
    return fail(errors::invalid_input_exception("Only one permissions boundary policy can be simulated."));
  }
  const std::string name = "PermissionsBoundaryPolicyInputList.1";
  TRY_SYNC(PolicyPtr policy, compiled(texts->front(), PolicyKind::kBoundary, name));
  simulation.set_boundary(std::move(policy), name, "Permissions Boundary Policy");
  return {};
}

// Sessions, federated users and services cannot be simulated.
Status check_caller(const std::optional<std::string>& arn) {
  const auto parsed = arn ? identity::parse_iam_arn(*arn) : std::nullopt;
  const auto is = [&](std::string_view kind) { return parsed && parsed->kind == kind; };
  if (!arn || is("user") || is("group") || is("role") || is("root")) return {};
  return fail(errors::invalid_input_exception(fmt::format("Invalid CallerArn: {}", *arn)));
}

// Whom an ARN stands for, in the account that it names.
identity::Principal principal_of(const std::string& arn, const std::string& id) {
  const auto parsed = identity::parse_iam_arn(arn);
  identity::Principal out{.kind = identity::PrincipalKind::kUser,
                          .account = parsed ? parsed->account : std::string(),
                          .arn = arn,
                          .user_id = id};
  if (parsed && parsed->kind == "role") {
    out.kind = identity::PrincipalKind::kRoleSession;
    out.role_arn = arn;
  }
  if (parsed && parsed->kind == "root") out.kind = identity::PrincipalKind::kRoot;
  return out;
}

Result<std::string> owner_account(const std::string& owner) {
  if (identity::is_account_id(owner)) return owner;
  const auto arn = identity::parse_iam_arn(owner);
  if (arn && arn->kind == "root") return arn->account;
  return fail(errors::invalid_input_exception(fmt::format("ResourceOwner {} is no account.", owner)));
}

Status check_names(const std::vector<std::string>& actions, const std::vector<std::string>& resources) {
  for (const std::string& action : actions) {
    const size_t colon = action.find(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == action.size() ||
        action.find(':', colon + 1) != std::string::npos) {
      return fail(errors::invalid_input_exception(fmt::format("Invalid action name: {}", action)));
    }
  }
  for (const std::string& resource : resources) {
    if (resource == "*" || resource.starts_with("arn:")) continue;
    return fail(errors::invalid_input_exception(fmt::format("Invalid resource ARN: {}", resource)));
  }
  return {};
}

// The parts that both simulations share.
template <typename Input>
Status prepare(Simulation& simulation, const Input& input, bool of_user) {
  TRY_SYNC_VOID(add_given(simulation, input.policy_input_list));
  TRY_SYNC_VOID(add_boundary(simulation, input.permissions_boundary_policy_input_list));
  TRY_SYNC_VOID(wire::refuse_given(input.resource_handling_option, "ResourceHandlingOption"));
  if (input.resource_policy) {
    if (!input.caller_arn && !of_user) {
      return fail(errors::invalid_input_exception("CallerArn is required with ResourcePolicy."));
    }
    TRY_SYNC(PolicyPtr policy, compiled(*input.resource_policy, PolicyKind::kResource, "ResourcePolicy"));
    simulation.set_resource_policy(std::move(policy));
  }
  if (input.resource_owner) {
    TRY_SYNC(std::string account, owner_account(*input.resource_owner));
    simulation.set_resource_account(std::move(account));
  }
  return simulation.set_context(input.context_entries.value_or(std::vector<api::iam::ContextEntry>()));
}

// What a result has of statements and keys, which are as many as the policies' author likes.
size_t bytes_of(const api::iam::EvaluationResult& result) {
  size_t bytes = result.matched_statements->size() * 2 * sizeof(api::iam::Statement);
  for (const std::string& key : *result.missing_context_values) bytes += 2 * (sizeof(key) + key.size());
  return bytes;
}

// A page of action by resource.
template <typename Input>
Async<api::iam::SimulatePolicyResponse> run(Simulation& simulation, const Input& input,
                                            const identity::Subject* source) {
  TRY(const PageRequest page, PageRequest::of(input));
  TRY(size_t next, given_before(page));
  const auto resources = input.resource_arns && !input.resource_arns->empty() ? *input.resource_arns
                                                                              : std::vector<std::string>{"*"};
  TRY_VOID(check_names(input.action_names, resources));
  TRY_VOID(prepare(simulation, input, source && source->kind == EntityKind::kUser));
  api::iam::SimulatePolicyResponse out;
  out.evaluation_results.emplace();
  PageRoom room(page);
  const size_t total = input.action_names.size() * resources.size();
  for (; next < total && !room.full(); ++next) {
    const std::string& action = input.action_names[next / resources.size()];
    auto& result =
        out.evaluation_results->emplace_back(simulation.decide(action, resources[next % resources.size()]));
    room.take(bytes_of(result));
    if (source) {
      result.organizations_decision_detail =
          api::iam::OrganizationsDecisionDetail{.allowed_by_organizations = true};
    }
    co_await io::yield_now();  // a thousand decisions by policies of a megabyte take seconds
  }
  end_page(out, next < total ? std::to_string(next) : std::string());
  co_return out;
}

void add_subject(Simulation& simulation, const identity::Subject& subject) {
  for (const identity::HeldPolicy& held : subject.policies) simulation.add_held(held);
  const identity::HeldPolicy& boundary = subject.boundary;
  if (boundary.policy) {
    simulation.set_boundary(boundary.policy, boundary.name.substr(boundary.name.rfind('/') + 1),
                            "Permissions Boundary Policy");
  }
}

}  // namespace

void Simulators::mount(wire::Router& router) {
  router.on<ops::SimulateCustomPolicy>(*this, &Simulators::custom);
  router.on<ops::SimulatePrincipalPolicy>(*this, &Simulators::principal);
  router.on<ops::GetContextKeysForCustomPolicy>(*this, &Simulators::custom_keys);
  router.on<ops::GetContextKeysForPrincipalPolicy>(*this, &Simulators::principal_keys);
}

Async<identity::Directory::SubjectPtr> Simulators::subject(const wire::Call& call, std::string arn) {
  const auto parsed = identity::parse_iam_arn(arn);
  const bool known_kind =
      parsed && (parsed->kind == "user" || parsed->kind == "group" || parsed->kind == "role");
  if (!known_kind) co_return errors::invalid_input_exception(fmt::format("Invalid Entity Arn: {}", arn));
  identity::Directory::SubjectPtr found;
  if (parsed->account == call.account && parsed->kind == "user") {
    auto body = [&](store::Transaction& tx) -> Async<std::string> {
      TRY(const auto user, co_await Tables(tx, call.account).users.get(Key(to_lower(parsed->name))));
      co_return user ? user->id : std::string();
    };
    TRY(const std::string id, co_await parts_.store.read(body));
    TRY(found, co_await parts_.directory.user(call.account, id));
  } else if (parsed->account == call.account && parsed->kind == "group") {
    TRY(found, co_await parts_.directory.group(call.account, parsed->name));
  } else if (parsed->account == call.account) {
    TRY(found, co_await parts_.directory.role(call.account, parsed->name));
  }
  if (!found || !iequals(found->arn, arn)) {
    co_return errors::no_such_entity_exception(fmt::format("Entity {} cannot be found.", arn));
  }
  co_return found;
}

Async<api::iam::SimulatePolicyResponse> Simulators::custom(const wire::Call& call,
                                                           api::iam::SimulateCustomPolicyRequest input) {
  TRY_VOID(wire::refuse_given(input.ordered_organization_policy_input_list, "policies of organizations"));
  TRY_VOID(check_caller(input.caller_arn));
  identity::Principal caller{.kind = identity::PrincipalKind::kUser, .account = call.account};
  if (input.caller_arn) caller = principal_of(*input.caller_arn, "");
  Simulation simulation(std::move(caller));
  co_return co_await run(simulation, input, nullptr);
}

Async<api::iam::SimulatePolicyResponse> Simulators::principal(
    const wire::Call& call, api::iam::SimulatePrincipalPolicyRequest input) {
  TRY_VOID(wire::refuse_given(input.policy_exclusion_list, "PolicyExclusionList"));
  TRY_VOID(check_caller(input.caller_arn));
  TRY(const auto found, co_await subject(call, input.policy_source_arn));
  Simulation simulation(principal_of(input.caller_arn.value_or(found->arn), found->id));
  add_subject(simulation, *found);
  co_return co_await run(simulation, input, found.get());
}

Async<api::iam::GetContextKeysForPolicyResponse> Simulators::custom_keys(
    const wire::Call&, api::iam::GetContextKeysForCustomPolicyRequest input) {
  Simulation simulation({});
  TRY_VOID(add_given(simulation, input.policy_input_list));
  co_return api::iam::GetContextKeysForPolicyResponse{.context_key_names = simulation.context_keys()};
}

Async<api::iam::GetContextKeysForPolicyResponse> Simulators::principal_keys(
    const wire::Call& call, api::iam::GetContextKeysForPrincipalPolicyRequest input) {
  TRY(const auto found, co_await subject(call, input.policy_source_arn));
  Simulation simulation({});
  add_subject(simulation, *found);
  TRY_VOID(add_given(simulation, input.policy_input_list));
  co_return api::iam::GetContextKeysForPolicyResponse{.context_key_names = simulation.context_keys()};
}

}  // namespace hearth::services::iam
