// Access keys of users, and of the root for the root itself. A secret is shown when it is made and never
// again.
#pragma once
#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class AccessKeys {
 public:
  explicit AccessKeys(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreateAccessKeyResponse> create(const wire::Call& call,
                                                  api::iam::CreateAccessKeyRequest input);
  Async<api::iam::ListAccessKeysResponse> list(const wire::Call& call, api::iam::ListAccessKeysRequest input);
  Async<ops::UpdateAccessKey::Output> update(const wire::Call& call, api::iam::UpdateAccessKeyRequest input);
  Async<ops::DeleteAccessKey::Output> remove(const wire::Call& call, api::iam::DeleteAccessKeyRequest input);
  Async<api::iam::GetAccessKeyLastUsedResponse> last_used(const wire::Call& call,
                                                          api::iam::GetAccessKeyLastUsedRequest input);

 private:
  Parts parts_;
};

}  // namespace hearth::services::iam
