// Policies of access points of either kind.
#pragma once
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class AccessPointPolicies {
 public:
  explicit AccessPointPolicies(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::s3
