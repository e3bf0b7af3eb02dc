// May the sender of an event do that to a target? The question that all targets have in common.
//
// Threads: any that runs a loop.
#pragma once
#include "delivery/delivery.h"
#include "identity/role_credentials.h"
#include "wire/auth.h"

namespace hearth::delivery {

class Rights {
 public:
  // All outlive it.
  Rights(const identity::RoleCredentials& roles, wire::Authorizer& authorizer, const Clock& clock)
      : roles_(roles), authorizer_(authorizer), clock_(clock) {}

  // Whom the sender acts as. Fails with "RoleNotAssumable".
  Async<wire::Identity> identity_of(Sender sender) const;

  // `operation` is what the sender would have called; its action is asked for. Fails with kTargetDenied.
  Async<void> require(Sender sender, const wire::OperationInfo& operation, std::string resource) const;

 private:
  const identity::RoleCredentials& roles_;
  wire::Authorizer& authorizer_;
  const Clock& clock_;
};

}  // namespace hearth::delivery
