// The API's operations on images.
#pragma once
#include "services/ecr/errors.h"
#include "services/ecr/image_store.h"
#include "services/ecr/parts.h"
#include "wire/router.h"

namespace hearth::services::ecr {

class Images {
 public:
  explicit Images(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::ecr::PutImageResponse> put(const Call& call, api::ecr::PutImageRequest input);
  Async<api::ecr::ListImagesResponse> list(const Call& call, api::ecr::ListImagesRequest input);
  Async<api::ecr::DescribeImagesResponse> describe(const Call& call, api::ecr::DescribeImagesRequest input);
  Async<api::ecr::BatchGetImageResponse> get(const Call& call, api::ecr::BatchGetImageRequest input);
  Async<api::ecr::BatchDeleteImageResponse> remove(const Call& call, api::ecr::BatchDeleteImageRequest input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::ecr
