// Permissions of signing profiles: who of other accounts may sign with one, see it, and take back what was
// signed with it.
#pragma once
#include "api/signer.h"
#include "services/signer/parts.h"
#include "services/signer/records.h"
#include "wire/router.h"

namespace hearth::services::signer {

// Those that hold for this version of the profile, as the policy of whatever is asked about.
std::string policy_text(const PermissionsRecord& record, const std::string& version);

class Permissions {
 public:
  explicit Permissions(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::signer::AddProfilePermissionResponse> add(const wire::Call& call,
                                                       api::signer::AddProfilePermissionRequest input);
  Async<api::signer::ListProfilePermissionsResponse> list(const wire::Call& call,
                                                          api::signer::ListProfilePermissionsRequest input);
  Async<api::signer::RemoveProfilePermissionResponse> remove(
      const wire::Call& call, api::signer::RemoveProfilePermissionRequest input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::signer
