#include "services/sts/sts.h"

#include "identity/arn.h"
#include "services/sts/role_session.h"
#include "services/sts/session_limits.h"
#include "wire/not_implemented.h"

namespace hearth::services::sts {
namespace {

namespace errors = api::sts::errors;
namespace ops = api::sts::ops;
using identity::Session;
using std::chrono::seconds;

constexpr seconds kChainedMax(3600), kTokenDefault(43200), kRootTokenMax(3600);

const identity::Caller* caller_of(const wire::Call& call) {
  return dynamic_cast<const identity::Caller*>(call.identity.details.get());
}
const Session* session_of(const wire::Call& call) {
  const auto* caller = caller_of(call);
  return caller && caller->session ? &*caller->session : nullptr;
}
bool is_root(const wire::Call& call) {
  const auto* caller = caller_of(call);
  return caller && caller->principal.kind == identity::PrincipalKind::kRoot;
}

// No account here has such devices.
Status refuse_devices(const wire::Call& call, const std::optional<std::string>& serial,
                      const std::optional<std::string>& code) {
  if (!serial && !code) return {};
  return fail(wire::access_denied(
      call,
      "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
      "number is valid and associated with this user."));
}

Result<seconds> lifetime_of(const api::sts::AssumeRoleRequest& input, const identity::Subject& role,
                            bool chained) {
  TRY_SYNC(const seconds wanted, assumed_for(input.duration_seconds, role));
  if (chained && wanted > kChainedMax) {
    return fail(validation_error(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
        "role chaining"));
  }
  return wanted;
}

}  // namespace

void Sts::mount(wire::Router& router) {
  router.on<ops::GetCallerIdentity>(*this, &Sts::get_caller_identity);
  router.on<ops::GetAccessKeyInfo>(*this, &Sts::get_access_key_info);
  router.on<ops::AssumeRole>(*this, &Sts::assume_role);
  router.on<ops::GetSessionToken>(*this, &Sts::get_session_token);
  router.on<ops::GetFederationToken>(*this, &Sts::get_federation_token);
  router.on<ops::DecodeAuthorizationMessage>(*this, &Sts::decode_authorization_message);
  web_identity_.mount(router);
  router.resolve_with(api::sts::kService, *this);
}

Async<std::string> Sts::resolve(const wire::Call& call, std::string resource) {
  if (call.operation != &ops::AssumeRole::kInfo) co_return resource;
  if (is_root(call)) co_return wire::access_denied(call, "Roles may not be assumed by root accounts.");
  const auto arn = identity::parse_iam_arn(resource);
  if (arn && arn->kind == "role") co_return resource;
  const std::string prefix = "arn:aws:sts::" + call.account + ":";
  if (resource.starts_with(prefix)) resource.erase(0, prefix.size());
  co_return validation_error(resource + " is invalid");
}

Async<api::sts::GetCallerIdentityResponse> Sts::get_caller_identity(const wire::Call& call,
                                                                    api::sts::GetCallerIdentityRequest) {
  co_return api::sts::GetCallerIdentityResponse{
      .user_id = call.identity.user_id, .account = call.identity.account, .arn = call.identity.arn};
}

Async<api::sts::GetAccessKeyInfoResponse> Sts::get_access_key_info(const wire::Call&,
                                                                   api::sts::GetAccessKeyInfoRequest input) {
  TRY(const auto holder, co_await parts_.directory.key(input.access_key_id));
  if (!holder) co_return validation_error("Access key " + input.access_key_id + " was not found.");
  co_return api::sts::GetAccessKeyInfoResponse{.account = holder->account};
}

// The pipeline has asked the role's trust policy already.
Async<api::sts::AssumeRoleResponse> Sts::assume_role(const wire::Call& call,
                                                     api::sts::AssumeRoleRequest input) {
  TRY_VOID(refuse_devices(call, input.serial_number, input.token_code));
  TRY_VOID(wire::refuse_given(input.provided_contexts, "ProvidedContexts"));
  const auto arn = identity::parse_iam_arn(input.role_arn);
  TRY(const auto role, co_await parts_.directory.role(arn->account, arn->name));
  if (!role) {
    co_return wire::access_denied(call, "User: " + call.identity.arn +
                                            " is not authorized to perform: "
                                            "sts:AssumeRole on resource: " +
                                            input.role_arn);
  }
  const Session* calling = session_of(call);
  const bool chained = calling && calling->kind == Session::Kind::kRole;
  TRY(const seconds lifetime, lifetime_of(input, *role, chained));
  SessionLimits limits = limits_of(std::move(input.policy), std::move(input.policy_arns),
                                   std::move(input.tags), std::move(input.transitive_tag_keys));
  if (!limits.tags.empty()) {
    TRY_VOID(co_await parts_.authorizer.authorize(
        call, {.action = "sts:TagSession", .resource = role->arn, .conditions = tag_conditions(limits)}));
  }
  std::string source = calling ? calling->source_identity : std::string();
  if (input.source_identity) {
    if (!source.empty() && source != *input.source_identity)
      co_return wire::access_denied(call, "Source identity of the calling session cannot be changed.");
    TRY_VOID(co_await parts_.authorizer.authorize(
        call, {.action = "sts:SetSourceIdentity",
               .resource = role->arn,
               .conditions = {{"sts:SourceIdentity", {*input.source_identity}}}}));
    source = *input.source_identity;
  }
  const TimePoint now = parts_.now();
  Session session{.kind = Session::Kind::kRole,
                  .account = role->account,
                  .principal_id = role->id,
                  .name = input.role_session_name,
                  .issued = now,
                  .expires = now + lifetime,
                  .source_identity = source};
  TRY(const auto packed,
      co_await limit(session, std::move(limits), chained ? calling : nullptr, parts_.directory));
  api::sts::AssumeRoleResponse out{.assumed_role_user = assumed_user(*role, session.name),
                                   .packed_policy_size = packed};
  begin(parts_.sessions, std::move(session), input.minimum_session_token_size, out);
  if (!source.empty()) out.source_identity = std::move(source);
  co_return out;
}

Async<api::sts::GetSessionTokenResponse> Sts::get_session_token(const wire::Call& call,
                                                                api::sts::GetSessionTokenRequest input) {
  if (session_of(call)) {
    co_return wire::access_denied(call, "Cannot call GetSessionToken with session credentials");
  }
  TRY_VOID(refuse_devices(call, input.serial_number, input.token_code));
  seconds lifetime = input.duration_seconds ? seconds(*input.duration_seconds) : kTokenDefault;
  if (is_root(call)) lifetime = std::min(lifetime, kRootTokenMax);
  const TimePoint now = parts_.now();
  const Session session{.kind = Session::Kind::kSelf,
                        .account = call.identity.account,
                        .principal_id = is_root(call) ? std::string() : call.identity.user_id,
                        .issued = now,
                        .expires = now + lifetime};
  api::sts::GetSessionTokenResponse out;
  begin(parts_.sessions, session, input.minimum_session_token_size, out);
  co_return out;
}

Async<api::sts::GetFederationTokenResponse> Sts::get_federation_token(
    const wire::Call& call, api::sts::GetFederationTokenRequest input) {
  if (session_of(call)) {
    co_return wire::access_denied(call, "Cannot call GetFederationToken with session credentials");
  }
  seconds lifetime = input.duration_seconds ? seconds(*input.duration_seconds) : kTokenDefault;
  if (is_root(call)) lifetime = std::min(lifetime, kRootTokenMax);
  const TimePoint now = parts_.now();
  Session session{.kind = Session::Kind::kFederated,
                  .account = call.identity.account,
                  .principal_id = is_root(call) ? std::string() : call.identity.user_id,
                  .name = input.name,
                  .issued = now,
                  .expires = now + lifetime};
  TRY(const auto packed, co_await limit(session,
                                        limits_of(std::move(input.policy), std::move(input.policy_arns),
                                                  std::move(input.tags), {}),
                                        nullptr, parts_.directory));
  const std::string id = session.account + ":" + session.name;
  api::sts::GetFederationTokenResponse out{
      .federated_user = {{.federated_user_id = id,
                          .arn = "arn:aws:sts::" + session.account + ":federated-user/" + session.name}},
      .packed_policy_size = packed};
  begin(parts_.sessions, std::move(session), input.minimum_session_token_size, out);
  co_return out;
}

// Refusals of this server say what they have to say in clear.
Async<api::sts::DecodeAuthorizationMessageResponse> Sts::decode_authorization_message(
    const wire::Call&, api::sts::DecodeAuthorizationMessageRequest) {
  co_return errors::invalid_authorization_message_exception("Message is not valid");
}

}  // namespace hearth::services::sts
