// Inline policies of users, groups and roles.
#pragma once
#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class InlinePolicies {
 public:
  explicit InlinePolicies(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  template <typename Of>
  void mount_for(wire::Router& router);
  template <typename Of>
  Async<typename Of::PutPolicy::Output> put(const wire::Call& call, typename Of::PutPolicy::Input input);
  template <typename Of>
  Async<typename Of::GetPolicy::Output> get(const wire::Call& call, typename Of::GetPolicy::Input input);
  template <typename Of>
  Async<typename Of::ListPolicies::Output> list(const wire::Call& call,
                                                typename Of::ListPolicies::Input input);
  template <typename Of>
  Async<typename Of::DeletePolicy::Output> remove(const wire::Call& call,
                                                  typename Of::DeletePolicy::Input input);

  Parts parts_;
};

}  // namespace hearth::services::iam
