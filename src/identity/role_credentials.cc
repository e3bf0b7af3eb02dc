#include "identity/role_credentials.h"

#include "identity/arn.h"
#include "identity/caller.h"

namespace hearth::identity {
namespace {

bool trusts(const Subject& role, const std::string& service, const std::string& resource_arn) {
  AccessRequest request{.principal = {.kind = PrincipalKind::kService, .service = service},
                        .action = "sts:AssumeRole",
                        .resource = role.arn,
                        .resource_account = role.account};
  set_principal_keys(request.principal, request.context);
  request.context.set("aws:SourceAccount", role.account);  // roles are passed within their account alone
  request.context.set("aws:SourceArn", resource_arn);
  return evaluate(request, {.resource = role.trust, .resource_is_authoritative = true}).allowed;
}

}  // namespace

Async<Directory::SubjectPtr> RoleCredentials::find(std::string role_arn) const {
  const auto arn = parse_iam_arn(role_arn);
  if (!arn || arn->kind != "role") co_return Directory::SubjectPtr();
  TRY(auto role, co_await directory_.role(arn->account, arn->name));
  if (role && role->arn != role_arn) role.reset();  // another path is another role
  co_return role;
}

Async<Directory::SubjectPtr> RoleCredentials::assumable(Use use) const {
  TRY(auto role, co_await find(use.role_arn));
  if (role && !trusts(*role, use.service, use.resource_arn)) role.reset();
  co_return role;
}

Session RoleCredentials::session(const Directory::SubjectPtr& role, Use use) const {
  const TimePoint now = clock_.now();
  Session session{.kind = Session::Kind::kRole,
                  .name = std::move(use.session_name),
                  .issued = now,
                  .expires = now + use.lifetime,
                  .source_function = std::move(use.source_function)};
  if (role) {
    session.account = role->account;
    session.principal_id = role->id;
  }
  return session;
}

Async<SessionCredentials> RoleCredentials::issue(Use use) const {
  TRY(const auto role, co_await assumable(use));
  co_return sessions_.issue(session(role, std::move(use)));
}

Async<wire::Identity> RoleCredentials::act_as(Use use) const {
  TRY(const auto role, co_await assumable(use));
  if (!role) {
    co_return Error{.code = "RoleNotAssumable", .message = use.role_arn + " does not trust " + use.service};
  }
  co_return identity_of(session_of_role(*role, session(role, std::move(use))));
}

Async<void> RoleCredentials::check_pass(const wire::Call& call, Pass pass,
                                        wire::Authorizer& authorizer) const {
  const auto arn = parse_iam_arn(pass.role_arn);
  if (arn && arn->account != call.account) {
    co_return wire::access_denied(call, "Cross-account pass role is not allowed.");
  }
  TRY_VOID(co_await authorizer.authorize(
      call, {.action = "iam:PassRole",
             .resource = pass.role_arn,
             .conditions = {{"iam:PassedToService", {pass.service}},
                            {"iam:AssociatedResourceArn", {pass.resource_arn}}}}));
  TRY(const auto role, co_await find(pass.role_arn));
  const Error refused{.code = "RoleNotAssumable",
                      .message = pass.role_arn + " does not trust " + pass.service};
  if (!role) co_return refused;
  if (!trusts(*role, pass.service, pass.resource_arn)) co_return refused;
  co_return {};
}

}  // namespace hearth::identity
