// The Security Token Service: who am I, and credentials that last a while. What it gives out is sealed, not
// stored (identity/session.h).
#pragma once
#include "identity/caller.h"
#include "services/sts/web_identity.h"

namespace hearth::services::sts {

class Sts final : public wire::ResourceResolver {
 public:
  explicit Sts(Parts parts) : parts_(parts), web_identity_(parts) {}
  void mount(wire::Router& router);

  Async<api::sts::GetCallerIdentityResponse> get_caller_identity(const wire::Call& call,
                                                                 api::sts::GetCallerIdentityRequest input);
  Async<api::sts::GetAccessKeyInfoResponse> get_access_key_info(const wire::Call& call,
                                                                api::sts::GetAccessKeyInfoRequest input);
  Async<api::sts::AssumeRoleResponse> assume_role(const wire::Call& call, api::sts::AssumeRoleRequest input);
  Async<api::sts::GetSessionTokenResponse> get_session_token(const wire::Call& call,
                                                             api::sts::GetSessionTokenRequest input);
  Async<api::sts::GetFederationTokenResponse> get_federation_token(const wire::Call& call,
                                                                   api::sts::GetFederationTokenRequest input);
  Async<api::sts::DecodeAuthorizationMessageResponse> decode_authorization_message(
      const wire::Call& call, api::sts::DecodeAuthorizationMessageRequest input);

  // What is to be assumed must be a role's ARN, and the caller no root, before anyone is asked for
  // permission.
  Async<std::string> resolve(const wire::Call& call, std::string resource) override;

 private:
  Parts parts_;
  WebIdentity web_identity_;
};

}  // namespace hearth::services::sts
