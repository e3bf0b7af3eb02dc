// Tags of repositories.
#pragma once
#include "services/ecr/errors.h"
#include "services/ecr/parts.h"
#include "wire/router.h"

namespace hearth::services::ecr {

// Adds them; "InvalidTagParameterException" and "TooManyTagsException" for what cannot be.
Status add_tags(Tags& tags, const std::vector<api::ecr::Tag>& more);

class RepositoryTags {
 public:
  explicit RepositoryTags(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::ecr::TagResourceResponse> tag(const Call& call, api::ecr::TagResourceRequest input);
  Async<api::ecr::UntagResourceResponse> untag(const Call& call, api::ecr::UntagResourceRequest input);
  Async<api::ecr::ListTagsForResourceResponse> list(const Call& call,
                                                    api::ecr::ListTagsForResourceRequest input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::ecr
