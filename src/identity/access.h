// Who a key belongs to, and what its owner may do: the answers to the pipeline's two questions.
//
// So far an account's root may do everything in it. The policies of users and roles are not evaluated yet,
// and what no policy allows is denied, so they may do only what needs no permission.
#pragma once
#include "identity/directory.h"
#include "identity/root.h"
#include "identity/session.h"
#include "wire/auth.h"

namespace hearth::identity {

class Access final : public wire::CredentialSource, public wire::Authorizer {
 public:
  // `root` is the key that the data directory or the environment has for the root of `account`; all others
  // are in the directory.
  Access(AccessKey root, std::string account, const Sessions& sessions, Directory& directory)
      : root_(std::move(root)), account_(std::move(account)), sessions_(sessions), directory_(directory) {}

  Async<std::optional<wire::Credential>> find(std::string access_key_id, std::string session_token) override;
  Async<void> authorize(const wire::Call& call, std::string action, std::string resource,
                        const json::object& input) override;

 private:
  Async<std::optional<wire::Credential>> find_stored(std::string access_key_id);

  AccessKey root_;
  std::string account_;
  const Sessions& sessions_;
  Directory& directory_;
};

}  // namespace hearth::identity
