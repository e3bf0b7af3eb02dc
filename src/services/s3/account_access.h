// What keeps all buckets of an account from the public, whatever is set for each: kept by S3 Control, and
// counted by whoever asks settings.h about a bucket.
#pragma once
#include "api/s3control.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class AccountAccess {
 public:
  explicit AccountAccess(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  Async<api::s3control::GetPublicAccessBlockOutput> get(const wire::Call& call,
                                                        api::s3control::GetPublicAccessBlockRequest input);
  Async<api::s3control::ops::PutPublicAccessBlock::Output> put(
      const wire::Call& call, api::s3control::PutPublicAccessBlockRequest input);
  Async<api::s3control::ops::DeletePublicAccessBlock::Output> remove(
      const wire::Call& call, api::s3control::DeletePublicAccessBlockRequest input);

  Parts& parts_;
};

}  // namespace hearth::services::s3
