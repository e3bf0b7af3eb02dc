// Tags of signing profiles.
#pragma once
#include "api/signer.h"
#include "services/signer/parts.h"
#include "services/signer/records.h"
#include "wire/router.h"

namespace hearth::services::signer {

Status check_tags(const Tags& tags);

class ProfileTags {
 public:
  explicit ProfileTags(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::signer::TagResourceResponse> tag(const wire::Call& call, api::signer::TagResourceRequest input);
  Async<api::signer::UntagResourceResponse> untag(const wire::Call& call,
                                                  api::signer::UntagResourceRequest input);
  Async<api::signer::ListTagsForResourceResponse> list(const wire::Call& call,
                                                       api::signer::ListTagsForResourceRequest input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::signer
