// Hearth's own registry as functions see it: what joins the services of Lambda and ECR, which do not know
// each other.
#pragma once
#include "oci/image_sources.h"
#include "services/ecr/ecr.h"

namespace hearth::server {

class OwnRegistry final : public oci::OwnRegistry {
 public:
  // `ecr` outlives it, and need not be made yet. `region` is that of hosts that name none.
  OwnRegistry(services::ecr::Ecr& ecr, std::string region) : ecr_(ecr), region_(std::move(region)) {}

  // The hosts that name a registry of ECR; and those by which the one who asks has reached this server.
  bool serves(const std::string& host, const oci::Asker& asker) const override;
  Async<std::unique_ptr<oci::ImageSource>> open(oci::Reference reference, oci::Asker asker) override;

 private:
  services::ecr::Ecr& ecr_;
  std::string region_;
};

}  // namespace hearth::server
