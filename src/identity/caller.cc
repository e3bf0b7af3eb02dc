#include "identity/caller.h"

#include "base/log.h"
#include "identity/arn.h"

namespace hearth::identity {
namespace {

Principal user_of(const Subject& user) {
  return {.kind = PrincipalKind::kUser, .account = user.account, .arn = user.arn, .user_id = user.id};
}

Principal session_of(const Subject& role, const Session& session) {
  return {.kind = PrincipalKind::kRoleSession,
          .account = role.account,
          .arn = "arn:aws:sts::" + role.account + ":assumed-role/" + role.name + "/" + session.name,
          .role_arn = role.arn,
          .user_id = role.id + ":" + session.name};
}

Principal federated_of(const Session& session) {
  return {.kind = PrincipalKind::kFederatedUser,
          .account = session.account,
          .arn = "arn:aws:sts::" + session.account + ":federated-user/" + session.name,
          .user_id = session.account + ":" + session.name};
}

void set_session_keys(const Session& session, ConditionContext& context) {
  context.set("aws:TokenIssueTime", iso8601_seconds(session.issued));
  context.set("aws:MultiFactorAuthPresent", "false");
  if (!session.source_identity.empty()) context.set("aws:SourceIdentity", session.source_identity);
  if (!session.provider.empty()) context.set("aws:FederatedProvider", session.provider);
  if (!session.source_function.empty()) context.set("lambda:SourceFunctionArn", session.source_function);
}

// Tags of the session win over those of its role or user.
void set_tags(const Subject* subject, const std::optional<Session>& session, ConditionContext& context) {
  if (subject) {
    for (const auto& [key, value] : subject->tags) context.set("aws:PrincipalTag/" + key, value);
  }
  if (!session) return;
  for (const auto& [key, value] : session->tags) context.set("aws:PrincipalTag/" + key, value);
}

bool looks_at_context(const PolicySet& policies) {
  const auto looks = [](const PolicyPtr& policy) { return policy && policy->looks_at_context(); };
  return std::ranges::any_of(policies.identity, looks) || std::ranges::any_of(policies.session, looks) ||
         looks(policies.boundary);
}

CallerPtr finished(Caller caller, const Subject* subject) {
  set_principal_keys(caller.principal, caller.context);
  set_tags(subject, caller.session, caller.context);
  if (caller.session) set_session_keys(*caller.session, caller.context);
  caller.looks_at_context = looks_at_context(caller.policies);
  caller.allowances = std::make_unique<Allowances>();
  return std::make_shared<const Caller>(std::move(caller));
}

}  // namespace

Principal root_of(std::string account) {
  Principal root{.kind = PrincipalKind::kRoot, .arn = root_arn(account), .user_id = account};
  root.account = std::move(account);
  return root;
}

CallerPtr session_of_role(const Subject& role, Session session) {
  Caller caller;
  caller.principal = session_of(role, session);
  caller.policies = role.policy_set();
  caller.session = std::move(session);
  return finished(std::move(caller), &role);
}

wire::Identity identity_of(CallerPtr caller, std::string access_key_id) {
  const Principal& principal = caller->principal;
  wire::Identity identity{.account = principal.account,
                          .arn = principal.arn,
                          .user_id = principal.user_id,
                          .access_key_id = std::move(access_key_id)};
  identity.details = std::move(caller);
  return identity;
}

Callers::Callers(store::Store& store, Directory& directory, const Sessions& sessions)
    : directory_(directory), sessions_(sessions), watch_(store.watch(changes_prefix())) {}

Async<CallerPtr> Callers::find(std::string access_key_id, std::string session_token) {
  const auto read = [&]() -> Async<CallerPtr> {
    if (session_token.empty()) co_return co_await of_key(access_key_id);
    auto session = sessions_.open(access_key_id, session_token);
    if (!session) co_return CallerPtr();
    co_return co_await of_session(access_key_id, session_token, *std::move(session));
  };
  TRY(CallerPtr caller, co_await callers_.find(access_key_id, read));
  if (!caller || caller->session_token == session_token) co_return caller;
  // Kept under another token, or asked for without one. Only one of them is the key's.
  co_return co_await read();
}

Async<CallerPtr> Callers::of_key(std::string access_key_id) {
  TRY(const auto holder, co_await directory_.key(access_key_id));
  if (!holder || !holder->active) co_return CallerPtr();
  Caller caller;
  caller.secret = holder->secret;
  if (holder->user_id.empty()) {
    caller.principal = root_of(holder->account);
    co_return finished(std::move(caller), nullptr);
  }
  TRY(const auto user, co_await directory_.user(holder->account, holder->user_id));
  if (!user) co_return CallerPtr();
  caller.principal = user_of(*user);
  caller.policies = user->policy_set();
  co_return finished(std::move(caller), user.get());
}

Async<CallerPtr> Callers::of_session(std::string access_key_id, std::string token, Session session) {
  Directory::SubjectPtr subject;
  if (session.kind == Session::Kind::kRole) {
    TRY(subject, co_await directory_.role_of_id(session.account, session.principal_id));
  } else if (!session.principal_id.empty()) {
    TRY(subject, co_await directory_.user(session.account, session.principal_id));
  }
  // A session ends with the role or user that it is of.
  if (!subject && !session.principal_id.empty()) co_return CallerPtr();
  Caller caller;
  if (subject) caller.policies = subject->policy_set();
  switch (session.kind) {
    case Session::Kind::kRole:
      if (!subject) co_return CallerPtr();
      caller.principal = session_of(*subject, session);
      break;
    case Session::Kind::kSelf:
      caller.principal = subject ? user_of(*subject) : root_of(session.account);
      break;
    case Session::Kind::kFederated:
      caller.principal = federated_of(session);
      caller.policies.has_session_policy = true;
      break;
  }
  caller.secret = sessions_.secret_of(access_key_id);
  caller.session_token = std::move(token);
  TRY_VOID(co_await add_session_policies(session, caller));
  caller.session = std::move(session);
  co_return finished(std::move(caller), subject.get());
}

Async<void> Callers::add_session_policies(const Session& session, Caller& caller) {
  if (!session.limited()) co_return {};
  caller.policies.has_session_policy = true;
  if (session.policy) {
    TRY(Policy policy, Policy::parse(*session.policy, PolicyKind::kSession));
    caller.policies.session.push_back(std::make_shared<const Policy>(std::move(policy)));
  }
  for (const std::string& arn : session.policy_arns) {
    // One that has gone allows nothing.
    TRY(PolicyPtr policy, co_await directory_.managed_policy(session.account, arn));
    if (policy) caller.policies.session.push_back(std::move(policy));
  }
  co_return {};
}

}  // namespace hearth::identity
