// Access control lists, as far as the ownership of buckets leaves any: everything is its owner's, and lists
// that say otherwise are refused.
#pragma once
#include "api/s3.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class Acls {
 public:
  explicit Acls(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::GetBucketAclOutput> get_bucket(const wire::Call& call, api::s3::GetBucketAclRequest input);
  Async<api::s3::PutBucketAclOutput> put_bucket(const wire::Call& call, api::s3::PutBucketAclRequest input);
  Async<api::s3::GetObjectAclOutput> get_object(const wire::Call& call, api::s3::GetObjectAclRequest input);
  Async<api::s3::PutObjectAclOutput> put_object(const wire::Call& call, api::s3::PutObjectAclRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::s3
