// Images for functions, read in the process: what Lambda does by the distribution API on the service.
//
// Who may: the function's own account; for a function of another one, the repository's policy must let
// "lambda.amazonaws.com", which is asked with the condition keys aws:SourceArn and aws:SourceAccount.
//
// Threads: any loop. It outlives the sources that it opens.
#pragma once
#include "oci/image_sources.h"
#include "services/ecr/layer_store.h"
#include "services/ecr/parts.h"

namespace hearth::services::ecr {

class OwnRegistry final : public oci::OwnRegistry {
 public:
  OwnRegistry(const Parts& parts, LayerStore& store) : parts_(parts), store_(store) {}

  bool serves(const std::string& host) const override { return parts_.hosts.serve(host); }
  Async<std::unique_ptr<oci::ImageSource>> open(oci::Reference reference, oci::Asker asker) override;

 private:
  Async<void> allow(RepositoryRef ref, oci::Asker asker) const;

  const Parts& parts_;
  LayerStore& store_;
};

}  // namespace hearth::services::ecr
