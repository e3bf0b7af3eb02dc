// What policies would decide, asked of the engine that decides (identity/policy/evaluate.h). Pure: policies
// in, results out.
#pragma once
#include <string>
#include <vector>

#include "api/iam.h"
#include "identity/directory.h"

namespace hearth::services::iam {

class Simulation {
 public:
  // Whose request it would be. A caller is somebody in particular only where an ARN is given.
  explicit Simulation(identity::Principal principal) { request_.principal = std::move(principal); }

  // `id` and `type` are what results call it.
  void add_policy(identity::PolicyPtr policy, std::string id, std::string type);
  // An account's own policies are shown as such by their source.
  void add_held(const identity::HeldPolicy& held);
  void set_boundary(identity::PolicyPtr policy, std::string id, std::string type);
  void set_resource_policy(identity::PolicyPtr policy) { set_.resource = std::move(policy); }
  // Whose resources are where their ARNs do not say it. Without a resource's policy they are the caller's.
  void set_resource_account(std::string account) { resource_account_ = std::move(account); }
  // Comes last: keys that have no value now are missing from every result. InvalidInput when it is too large,
  // or a value is not of its key's type.
  Status set_context(const std::vector<api::iam::ContextEntry>& entries);

  // The condition keys that the policies ask for, each once.
  std::vector<std::string> context_keys() const;

  api::iam::EvaluationResult decide(const std::string& action, const std::string& resource) const;

 private:
  struct Source {
    std::string id;
    std::string type;
  };

  std::string account_of(const std::string& resource) const;
  api::iam::Statement show(const identity::MatchedStatement& match) const;

  identity::AccessRequest request_;
  identity::PolicySet set_;
  std::vector<Source> sources_;  // of set_.identity
  Source boundary_;
  std::vector<std::string> missing_keys_;
  std::string resource_account_;
};

}  // namespace hearth::services::iam
