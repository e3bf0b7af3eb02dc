// Identity and Access Management: users, groups, roles, policies and what hangs on them. What is written here
// is read by whoever authorizes, through identity/directory.h.
#pragma once
#include "services/iam/access_keys.h"
#include "services/iam/account.h"
#include "services/iam/arns.h"
#include "services/iam/attachments.h"
#include "services/iam/groups.h"
#include "services/iam/inline_policies.h"
#include "services/iam/instance_profiles.h"
#include "services/iam/oidc_providers.h"
#include "services/iam/policies.h"
#include "services/iam/policy_versions.h"
#include "services/iam/roles.h"
#include "services/iam/service_linked_roles.h"
#include "services/iam/simulators.h"
#include "services/iam/tags.h"
#include "services/iam/users.h"

namespace hearth::services::iam {

class Iam {
 public:
  explicit Iam(Parts parts)
      : roles_(parts),
        service_linked_roles_(parts),
        users_(parts),
        access_keys_(parts),
        groups_(parts),
        policies_(parts),
        policy_versions_(parts),
        inline_policies_(parts),
        attachments_(parts),
        tagging_(parts),
        instance_profiles_(parts),
        oidc_providers_(parts),
        account_(parts),
        simulators_(parts),
        arns_(parts) {}
  Iam(const Iam&) = delete;

  void mount(wire::Router& router) {
    roles_.mount(router);
    service_linked_roles_.mount(router);
    users_.mount(router);
    access_keys_.mount(router);
    groups_.mount(router);
    policies_.mount(router);
    policy_versions_.mount(router);
    inline_policies_.mount(router);
    attachments_.mount(router);
    tagging_.mount(router);
    instance_profiles_.mount(router);
    oidc_providers_.mount(router);
    account_.mount(router);
    simulators_.mount(router);
    router.resolve_with(api::iam::kService, arns_);
  }

 private:
  Roles roles_;
  ServiceLinkedRoles service_linked_roles_;
  Users users_;
  AccessKeys access_keys_;
  Groups groups_;
  Policies policies_;
  PolicyVersions policy_versions_;
  InlinePolicies inline_policies_;
  Attachments attachments_;
  Tagging tagging_;
  InstanceProfiles instance_profiles_;
  OidcProviders oidc_providers_;
  Account account_;
  Simulators simulators_;
  Arns arns_;
};

}  // namespace hearth::services::iam
