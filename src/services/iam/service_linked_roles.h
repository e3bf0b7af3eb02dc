// Roles that belong to a service: made for it, not changed by anyone, deleted as a task that is over when it
// is answered, since nothing here keeps such a role in use.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "services/iam/entities.h"
#include "wire/router.h"

namespace hearth::services::iam {

// What a service's role is called, and what it may do.
struct ServiceRole {
  std::string_view service;  // lambda.amazonaws.com
  std::string_view name;     // AWSServiceRoleForLambda
  std::string_view policy;   // name of the managed policy below /aws-service-role/; empty: none
  bool suffix = false;       // may have a custom suffix
};
// Null for a service that has none.
const ServiceRole* find_service_role(std::string_view service);

class ServiceLinkedRoles {
 public:
  explicit ServiceLinkedRoles(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::iam::CreateServiceLinkedRoleResponse> create(const wire::Call& call,
                                                          api::iam::CreateServiceLinkedRoleRequest input);
  Async<api::iam::DeleteServiceLinkedRoleResponse> remove(const wire::Call& call,
                                                          api::iam::DeleteServiceLinkedRoleRequest input);
  Async<api::iam::GetServiceLinkedRoleDeletionStatusResponse> deletion(
      const wire::Call& call, api::iam::GetServiceLinkedRoleDeletionStatusRequest input);

 private:
  Parts parts_;
};

}  // namespace hearth::services::iam
