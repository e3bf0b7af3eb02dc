// The ARN behind a name: with the path and spelling of what is stored, which is what policies are written
// for.
#pragma once
#include "services/iam/parts.h"
#include "wire/resource.h"

namespace hearth::services::iam {

class Arns final : public wire::ResourceResolver {
 public:
  explicit Arns(Parts parts) : parts_(parts) {}

  // `role/NAME`, `user/NAME`, `group/NAME`, `instance-profile/NAME` become the stored ones. A user without a
  // name is the caller; `access-key/ID` is its user; a service-linked role gets its name.
  Async<std::string> resolve(const wire::Call& call, std::string resource) override;

 private:
  Parts parts_;
};

}  // namespace hearth::services::iam
