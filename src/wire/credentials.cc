#include "wire/credentials.h"

#include "base/digest.h"
#include "wire/auth_errors.h"

namespace hearth::wire {

Async<Credential> find_credential(CredentialSource& credentials, const ServiceInfo& service,
                                  const sigv4::Claim& claim, TimePoint now) {
  if (!service.is_signed_as(claim.service)) {
    co_return auth_error(service,
                         {sigv4::Refusal::kWrongScope, "Credential should be scoped to correct service: '" +
                                                           std::string(service.signing_name) + "'. "});
  }
  TRY(std::optional<Credential> credential,
      co_await credentials.find(claim.access_key_id, claim.session_token));
  if (!credential) {
    // A token that cannot be opened tells nothing of the key.
    const auto refusal =
        claim.session_token.empty() ? sigv4::Refusal::kUnknownKey : sigv4::Refusal::kWrongTokenForKey;
    sigv4::Failure failure = usual_failure(refusal);
    if (refusal == sigv4::Refusal::kUnknownKey) failure.extra = {{"AWSAccessKeyId", claim.access_key_id}};
    co_return auth_error(service, failure);
  }
  if (!constant_time_equal(credential->session_token, claim.session_token)) {
    co_return auth_error(service, usual_failure(sigv4::Refusal::kWrongTokenForKey));
  }
  if (credential->expires_at && *credential->expires_at <= now) {
    co_return auth_error(service, usual_failure(sigv4::Refusal::kExpiredSession));
  }
  co_return *std::move(credential);
}

}  // namespace hearth::wire
