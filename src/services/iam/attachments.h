// Managed policies attached to users, groups and roles, and policies that bound what users and roles may do.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

class Attachments {
 public:
  explicit Attachments(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  template <typename Of>
  void mount_for(wire::Router& router);
  template <typename Of>
  void mount_boundaries(wire::Router& router);
  template <typename Of>
  Async<typename Of::Attach::Output> attach(const wire::Call& call, typename Of::Attach::Input input);
  template <typename Of>
  Async<typename Of::Detach::Output> detach(const wire::Call& call, typename Of::Detach::Input input);
  template <typename Of>
  Async<typename Of::ListAttached::Output> list(const wire::Call& call,
                                                typename Of::ListAttached::Input input);
  template <typename Of>
  Async<typename Of::PutBoundary::Output> bound(const wire::Call& call,
                                                typename Of::PutBoundary::Input input);
  template <typename Of>
  Async<typename Of::DeleteBoundary::Output> unbound(const wire::Call& call,
                                                     typename Of::DeleteBoundary::Input input);

  Parts parts_;
};

// The stored spelling of a boundary's ARN. NoSuchEntity when there is no such policy.
Async<std::string> boundary_arn(Tables& tables, std::string arn);
// The ARN of the boundary that something new is to have, kept as its; empty without one.
Async<std::string> first_boundary(Tables& tables, std::string id, std::optional<std::string> arn);
// Keeps who is bounded by which policy; either may be empty.
void move_boundary(Tables& tables, const std::string& id, const std::string& from, const std::string& to);
// How an answer shows it; nothing without one.
std::optional<api::iam::AttachedPermissionsBoundary> show_boundary(const std::string& arn);

// The policies attached to a user, group or role.
Async<std::vector<api::iam::AttachedPolicy>> attached_policies(Tables& tables, std::string id);
// Attaches without asking; for service-linked roles.
void attach_policy(Tables& tables, const std::string& id, const std::string& arn);
void detach_policy(Tables& tables, const std::string& id, const std::string& arn);

}  // namespace hearth::services::iam
