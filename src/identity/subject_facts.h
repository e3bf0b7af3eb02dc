// What decisions need of users and roles as resources: their tags, and for roles whom they trust.
#pragma once
#include "identity/directory.h"
#include "identity/resource_facts.h"

namespace hearth::identity {

class SubjectFacts final : public ResourceSource {
 public:
  explicit SubjectFacts(Directory& directory) : directory_(directory) {}

  // The trust policy of a role decides on assuming it and on nothing else.
  Async<ResourceFactsPtr> facts_of(const wire::Permission& permission) override;
  bool may_deny() const override { return true; }

 private:
  Directory& directory_;
};

}  // namespace hearth::identity
