// Buckets: made, looked at, listed, deleted.
#pragma once
#include "api/s3.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class Buckets {
 public:
  explicit Buckets(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::CreateBucketOutput> create(const wire::Call& call, api::s3::CreateBucketRequest input);
  Async<api::s3::DeleteBucketOutput> remove(const wire::Call& call, api::s3::DeleteBucketRequest input);
  Async<api::s3::HeadBucketOutput> head(const wire::Call& call, api::s3::HeadBucketRequest input);
  Async<api::s3::ListBucketsOutput> list(const wire::Call& call, api::s3::ListBucketsRequest input);
  Async<api::s3::GetBucketLocationOutput> location(const wire::Call& call,
                                                   api::s3::GetBucketLocationRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::s3
