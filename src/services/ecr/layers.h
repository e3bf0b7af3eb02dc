// The API's operations on layers.
#pragma once
#include "services/ecr/errors.h"
#include "services/ecr/layer_store.h"
#include "wire/router.h"

namespace hearth::services::ecr {

class Layers {
 public:
  Layers(const Parts& parts, LayerStore& store) : parts_(parts), store_(store) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::ecr::BatchCheckLayerAvailabilityResponse> check(
      const Call& call, api::ecr::BatchCheckLayerAvailabilityRequest input);
  Async<api::ecr::InitiateLayerUploadResponse> begin(const Call& call,
                                                     api::ecr::InitiateLayerUploadRequest input);
  Async<api::ecr::UploadLayerPartResponse> upload(const Call& call, api::ecr::UploadLayerPartRequest input);
  Async<api::ecr::CompleteLayerUploadResponse> complete(const Call& call,
                                                        api::ecr::CompleteLayerUploadRequest input);
  Async<api::ecr::GetDownloadUrlForLayerResponse> link(const Call& call,
                                                       api::ecr::GetDownloadUrlForLayerRequest input);

 private:
  const Parts& parts_;
  LayerStore& store_;
};

}  // namespace hearth::services::ecr
