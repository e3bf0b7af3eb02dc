#include "services/sts/web_identity.h"

#include <algorithm>

#include "base/encoding.h"
#include "identity/arn.h"
#include "identity/jwt.h"
#include "identity/records.h"
#include "identity/request_context.h"
#include "services/sts/role_session.h"
#include "services/sts/session_limits.h"
#include "wire/not_implemented.h"

namespace hearth::services::sts {
namespace {

namespace errors = api::sts::errors;
using identity::KeySet;
using identity::OidcProviderRecord;

constexpr std::string_view kScheme = "https://";
constexpr std::string_view kGoogle = "accounts.google.com";
// How far the provider's clock may be ahead of ours.
constexpr std::chrono::seconds kLeeway(300);

Error invalid(std::string message) {
  return errors::invalid_identity_token_exception(std::move(message));
}

Error no_key() {
  return invalid(
      "Couldn't retrieve verification key from your identity provider,  please reference "
      "AssumeRoleWithWebIdentity documentation for requirements");
}

// In the words of the service.
Error told(const Error& error) {
  if (error.code == "MissingClaim") return invalid("Missing a required claim: " + error.message);
  if (error.code == "UnknownAlgorithm") return no_key();
  return invalid(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
}

Error keys_lacking(const Error& error) {
  if (error.code == "ProviderUnreachable") {
    return errors::idp_communication_error_exception("The identity provider could not be reached.");
  }
  if (error.code == "ProviderUntrusted") {
    return invalid("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint");
  }
  return no_key();
}

Status check_times(const identity::Jwt& token, TimePoint now) {
  const int64_t seconds = epoch_ms(now) / 1000;
  if (token.expires <= seconds) {
    return fail(errors::expired_token_exception(
        "Token expired: current date/time " + std::to_string(seconds) +
        " must be before the expiration date/time " + std::to_string(token.expires)));
  }
  const int64_t latest = seconds + kLeeway.count();
  if (token.not_before && *token.not_before > latest) return fail(invalid("Token is not valid yet"));
  if (token.issued && *token.issued > latest) return fail(invalid("Token was issued in the future"));
  return {};
}

// Whom of those that the provider's owner registered the token is for; empty: nobody.
std::string audience_here(const identity::Jwt& token, const OidcProviderRecord& provider) {
  const auto known = [&](const std::string& client) {
    return !client.empty() && std::ranges::find(provider.client_ids, client) != provider.client_ids.end();
  };
  if (known(token.authorized_party)) return token.authorized_party;
  const auto found = std::ranges::find_if(token.audiences, known);
  return found == token.audiences.end() ? std::string() : *found;
}

void add_claims(const identity::Jwt& token, const std::string& url, identity::ConditionContext& context) {
  context.set(url + ":sub", token.subject);
  context.set(url + ":aud", token.audiences);
  if (!token.methods.empty()) context.set(url + ":amr", token.methods);
  if (token.authorized_party.empty()) return;
  // Google's hybrid applications: the client is who presents the token, and the audience has another key.
  if (url == kGoogle) {
    context.set(url + ":aud", token.authorized_party);
    context.set(url + ":oaud", token.audiences);
  } else {
    context.set(url + ":azp", token.authorized_party);
  }
}

struct Question {
  std::string action;
  std::vector<std::pair<std::string, std::vector<std::string>>> conditions = {};
};

}  // namespace

struct WebIdentity::Vouched {
  identity::Jwt token;
  OidcProviderRecord provider;
  std::string provider_arn;
  std::string audience;
};

namespace {

// Whether the role's trust policy lets the token's bearer do something.
Status check_trust(const wire::Call& call, const identity::Subject* role, const identity::Principal& bearer,
                   identity::ConditionContext context, Question question) {
  const Error refused = wire::access_denied(call, "Not authorized to perform " + question.action);
  if (!role) return fail(refused);
  identity::AccessRequest request{.principal = bearer,
                                  .action = std::move(question.action),
                                  .resource = role->arn,
                                  .resource_account = role->account,
                                  .context = std::move(context)};
  identity::set_principal_keys(bearer, request.context);
  identity::add_request_keys(call, request, request.context);
  for (auto& [key, values] : question.conditions) request.context.set(key, std::move(values));
  const identity::PolicySet policies{.resource = role->trust, .resource_is_authoritative = true};
  return identity::evaluate(request, policies).allowed ? Status() : Status(fail(refused));
}

SessionLimits limits_from(api::sts::AssumeRoleWithWebIdentityRequest& input,
                          const identity::SessionClaims& claims) {
  std::vector<api::sts::Tag> tags;
  for (const auto& [key, value] : claims.tags) tags.push_back({.key = key, .value = value});
  return limits_of(std::move(input.policy), std::move(input.policy_arns), std::move(tags),
                   claims.transitive_tags);
}

// Everything that the trust policy must allow.
Status check_all_trust(const wire::Call& call, const identity::Subject* role,
                       const identity::Principal& bearer, const identity::ConditionContext& context,
                       const SessionLimits& limits, const std::optional<std::string>& source) {
  std::vector<std::pair<std::string, std::vector<std::string>>> asked;
  if (!limits.tags.empty()) asked = tag_conditions(limits);
  if (source) asked.emplace_back("sts:SourceIdentity", std::vector{*source});
  std::vector<std::string> actions = {"sts:AssumeRoleWithWebIdentity"};
  if (!limits.tags.empty()) actions.emplace_back("sts:TagSession");
  if (source) actions.emplace_back("sts:SetSourceIdentity");
  for (std::string& action : actions) {
    TRY_SYNC_VOID(
        check_trust(call, role, bearer, context, {.action = std::move(action), .conditions = asked}));
  }
  return {};
}

}  // namespace

void WebIdentity::mount(wire::Router& router) {
  router.on<api::sts::ops::AssumeRoleWithWebIdentity>(*this, &WebIdentity::assume_role);
}

Async<void> WebIdentity::check_signature(const Vouched& vouched) {
  const identity::OidcKeys::Provider provider{.url = vouched.provider.url,
                                              .thumbprints = vouched.provider.thumbprints};
  auto keys = co_await parts_.oidc_keys.find(provider);
  if (!keys) co_return keys_lacking(keys.error());
  auto verdict = (*keys)->verify(vouched.token);
  if (verdict == KeySet::Verdict::kUnknownKey) {
    // Providers take new keys now and then.
    keys = co_await parts_.oidc_keys.find(provider, *keys);
    if (!keys) co_return keys_lacking(keys.error());
    verdict = (*keys)->verify(vouched.token);
  }
  if (verdict == KeySet::Verdict::kUnknownKey) co_return no_key();
  if (verdict == KeySet::Verdict::kWrongSignature) co_return invalid("Token signature is invalid");
  co_return {};
}

Async<WebIdentity::Vouched> WebIdentity::verified(const wire::Call& call, std::string account,
                                                  std::string token) {
  auto parsed = identity::Jwt::parse(token);
  if (!parsed) co_return told(parsed.error());
  const bool secure = parsed->issuer.starts_with(kScheme);
  const std::string url = secure ? parsed->issuer.substr(kScheme.size()) : std::string();
  auto body = [&](store::Transaction& tx) -> Async<std::optional<OidcProviderRecord>> {
    identity::Tables tables(tx, account);
    co_return co_await tables.providers.get(store::Key(to_lower(url)));
  };
  TRY(auto provider, co_await parts_.store.read(body));
  if (!provider || provider->url != url) {
    co_return invalid("No OpenIDConnect provider found in your account for " + parsed->issuer);
  }
  Vouched out{.token = *std::move(parsed),
              .provider = *std::move(provider),
              .provider_arn = "arn:aws:iam::" + account + ":oidc-provider/" + url};
  out.audience = audience_here(out.token, out.provider);
  if (out.audience.empty()) co_return invalid("Incorrect token audience");
  // Before the keys are fetched: who has an old token makes nobody do so.
  TRY_VOID(check_times(out.token, call.received_at));
  TRY_VOID(co_await check_signature(out));
  co_return std::move(out);
}

Async<api::sts::AssumeRoleWithWebIdentityResponse> WebIdentity::assume_role(
    const wire::Call& call, api::sts::AssumeRoleWithWebIdentityRequest input) {
  // Access tokens of OAuth, which only their issuer can read.
  TRY_VOID(wire::refuse_given(input.provider_id, "ProviderId"));
  const auto arn = identity::parse_iam_arn(input.role_arn);
  if (!arn || arn->kind != "role") co_return validation_error(input.role_arn + " is invalid");
  TRY(const Vouched vouched, co_await verified(call, arn->account, std::move(input.web_identity_token)));
  TRY(auto role, co_await parts_.directory.role(arn->account, arn->name));
  if (role && role->arn != input.role_arn) role.reset();  // another path is another role

  const identity::SessionClaims& claims = vouched.token.session;
  SessionLimits limits = limits_from(input, claims);
  const identity::Principal bearer{.kind = identity::PrincipalKind::kWebIdentity,
                                   .provider = vouched.provider_arn};
  identity::ConditionContext context;
  add_claims(vouched.token, vouched.provider.url, context);
  context.set("sts:RoleSessionName", input.role_session_name);
  TRY_VOID(check_all_trust(call, role.get(), bearer, context, limits, claims.source_identity));

  TRY(const auto lifetime, assumed_for(input.duration_seconds, *role));
  const TimePoint now = parts_.now();
  identity::Session session{.kind = identity::Session::Kind::kRole,
                            .account = role->account,
                            .principal_id = role->id,
                            .name = input.role_session_name,
                            .issued = now,
                            .expires = now + lifetime,
                            .source_identity = claims.source_identity.value_or(""),
                            .provider = vouched.provider_arn};
  TRY(const auto packed, co_await limit(session, std::move(limits), nullptr, parts_.directory));
  api::sts::AssumeRoleWithWebIdentityResponse out{.subject_from_web_identity_token = vouched.token.subject,
                                                  .assumed_role_user = assumed_user(*role, session.name),
                                                  .packed_policy_size = packed,
                                                  .provider = vouched.provider_arn,
                                                  .audience = vouched.audience,
                                                  .source_identity = claims.source_identity};
  begin(parts_.sessions, std::move(session), input.minimum_session_token_size, out);
  co_return out;
}

}  // namespace hearth::services::sts
