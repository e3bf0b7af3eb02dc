// Listings of a bucket's objects and versions.
#pragma once
#include "api/s3.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class Listing {
 public:
  explicit Listing(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::ListObjectsOutput> objects(const wire::Call& call, api::s3::ListObjectsRequest input);
  Async<api::s3::ListObjectsV2Output> objects_v2(const wire::Call& call, api::s3::ListObjectsV2Request input);
  Async<api::s3::ListObjectVersionsOutput> versions(const wire::Call& call,
                                                    api::s3::ListObjectVersionsRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::s3
