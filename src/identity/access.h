// Who a key belongs to, and what its owner may do: the answers to the pipeline's two questions.
//
// So far there are the root account, which may do everything, and the sessions of functions' roles. A role
// has no policy yet, and what no policy allows is denied, so a session may do only what needs no permission.
#pragma once
#include "identity/root.h"
#include "identity/session.h"
#include "wire/auth.h"

namespace hearth::identity {

class Access final : public wire::CredentialSource, public wire::Authorizer {
 public:
  Access(AccessKey root, std::string account, const Sessions& sessions)
      : root_(std::move(root)), account_(std::move(account)), sessions_(sessions) {}

  Async<std::optional<wire::Credential>> find(std::string access_key_id, std::string session_token) override;
  Async<void> authorize(const wire::Call& call, wire::Permission permission) override;

 private:
  AccessKey root_;
  std::string account_;
  const Sessions& sessions_;
};

}  // namespace hearth::identity
