// Tags as S3 Control sets them, one by one: of access points, and of buckets, which have them by
// PutBucketTagging too.
#pragma once
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class ControlTags {
 public:
  explicit ControlTags(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::s3
