// The operations on access control lists and on the ownership that decides whether they count.
#pragma once
#include "api/s3.h"
#include "services/s3/acl.h"
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
  Async<api::s3::GetBucketOwnershipControlsOutput> get_ownership(
      const wire::Call& call, api::s3::GetBucketOwnershipControlsRequest input);
  Async<api::s3::PutBucketOwnershipControlsOutput> put_ownership(
      const wire::Call& call, api::s3::PutBucketOwnershipControlsRequest input);
  Async<api::s3::DeleteBucketOwnershipControlsOutput> delete_ownership(
      const wire::Call& call, api::s3::DeleteBucketOwnershipControlsRequest input);

 private:
  Async<void> set_ownership(Tables& tables, BucketRecord bucket, Ownership ownership);

  Parts& parts_;
};

// "BucketOwnerEnforced", ...
Result<Ownership> parse_ownership(const std::string& text);

// The list of a bucket. `tables` and `bucket` outlive the tasks.
Async<Grants> acl_of(Tables& tables, const BucketRecord& bucket);
std::string owner_of(const BucketRecord& bucket, const ObjectHead& object);  // an account
Result<Grants> acl_of(const BucketRecord& bucket, const ObjectHead& object);

// A list that is set: whom it names is there, and the public only where the bucket is open to it.
Async<void> check_acl(Tables& tables, const wire::Call& call, const BucketRecord& bucket, Grants grants,
                      AclForm form);
// A new bucket's list, by what its creator says.
Async<void> set_first_acl(Tables& tables, const BucketRecord& bucket, AclHeaders headers);
// Whose a new object is, and its list, by what its writer says. All outlive the task.
Async<void> own_object(Tables& tables, const wire::Call& call, const BucketRecord& bucket, AclHeaders headers,
                       ObjectHead& object);

}  // namespace hearth::services::s3
