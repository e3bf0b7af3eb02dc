// What decisions need of signing profiles: their tags and permissions, which are also those of what was
// signed with them. Kept until something of Signer's is written.
#pragma once
#include "identity/kept_facts.h"

namespace hearth::services::signer {

class ProfileFacts final : public identity::KeptFacts {
 public:
  explicit ProfileFacts(store::Store& store);
  // Permissions allow.
  bool may_deny() const override { return false; }

 private:
  Async<identity::ResourceFacts> read(store::Transaction& tx, std::string resource) override;
};

}  // namespace hearth::services::signer
