// AssumeRoleWithWebIdentity: a role for somebody whom an identity provider of the role's account vouches for,
// by a signed token (OpenID Connect). The token is checked first, then the role's trust policy is asked about
// what it says.
#pragma once
#include "services/sts/parts.h"

namespace hearth::services::sts {

class WebIdentity {
 public:
  explicit WebIdentity(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::sts::AssumeRoleWithWebIdentityResponse> assume_role(
      const wire::Call& call, api::sts::AssumeRoleWithWebIdentityRequest input);

 private:
  struct Vouched;

  // The token's claims, once they are known to be the provider's, and meant for here and now.
  Async<Vouched> verified(const wire::Call& call, std::string account, std::string token);
  Async<void> check_signature(const Vouched& vouched);

  Parts parts_;
};

}  // namespace hearth::services::sts
