// What callers show to the distribution API in place of a signature: the password that GetAuthorizationToken
// gives, and links to single layers. Neither is stored: both are sealed with the server's key, so they
// outlive a restart. A password says whose key asked for it. What it may do is decided at each use, and it
// ends with that key.
//
// Threads: any.
#pragma once
#include <optional>
#include <string>

#include "identity/seal.h"
#include "services/ecr/repository_ref.h"

namespace hearth::services::ecr {

struct Pass {
  std::string access_key_id;
  std::string session_token;  // of sessions
  TimePoint expires;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.access_key_id);
    visit(2, self.session_token);
    visit(3, self.expires);
  }
};

struct LayerLink {
  std::string account;
  std::string region;
  std::string repository;
  std::string digest;
  TimePoint expires;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
    visit(2, self.region);
    visit(3, self.repository);
    visit(4, self.digest);
    visit(5, self.expires);
  }
};

class Passes {
 public:
  static constexpr std::string_view kUser = "AWS";

  Passes(std::string_view server_key, Random& random);

  std::string seal(const Pass& pass) const;
  std::string seal(const LayerLink& link) const;
  // Nothing for a text that is none of ours. Expired ones are given as well.
  std::optional<Pass> open_pass(std::string_view password) const;
  std::optional<LayerLink> open_link(std::string_view text) const;

 private:
  identity::Seal passes_;
  identity::Seal links_;
};

// The password in a header Authorization; nothing unless it is a user's of that name.
std::optional<std::string> password_of(std::string_view authorization);

}  // namespace hearth::services::ecr
