// What a service knows of a resource that a decision needs: its own policy and its tags. Each service that
// has either gives them to Access (access.h).
#pragma once
#include <map>
#include <memory>
#include <string>

#include "base/task.h"
#include "identity/policy/evaluate.h"
#include "wire/auth.h"

namespace hearth::identity {

struct ResourceFacts {
  std::string account = {};  // whose it is, where its ARN does not say; else empty
  PolicyPtr policy = {};     // null: none
  // Nobody may do what this policy does not allow or leave to their account (PolicySet).
  bool authoritative = false;
  // The root of that account may do it whatever the policy denies: nobody locks the owner out.
  bool open_to_root = false;
  std::map<std::string, std::string> tags = {};
};

// Shared by the requests under way and what a source keeps.
using ResourceFactsPtr = std::shared_ptr<const ResourceFacts>;

class ResourceSource {
 public:
  virtual ~ResourceSource() = default;
  // Never null; nothing in it for what does not exist. Asked for each decision on such a resource that is not
  // clear without: what it reads it should keep. Any thread that runs a loop.
  // `permission` outlives the task.
  virtual Async<ResourceFactsPtr> facts_of(const wire::Permission& permission) = 0;
  // Keys that begin so have values of which each costs a look at something that nobody keeps in memory (tags
  // of an object): they are asked for only where a policy that decides names one. Empty: there are none.
  virtual std::string_view dear_keys() const { return {}; }
  // Adds their values to the conditions of `permission`, which outlives the task.
  virtual Async<void> add_dear_values(wire::Permission& permission) {
    (void)permission;
    co_return {};
  }
  // Whether its policies may deny anything, to the owner's root too.
  virtual bool may_deny() const { return true; }
};

}  // namespace hearth::identity
