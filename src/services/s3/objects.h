// Objects: written, read, deleted; one at a time or (deletes) many.
#pragma once
#include "api/s3.h"
#include "services/s3/names.h"
#include "services/s3/parts.h"
#include "services/s3/preconditions.h"
#include "services/s3/versions.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class Objects {
 public:
  explicit Objects(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::PutObjectOutput> put(const wire::Call& call, api::s3::PutObjectRequest input);
  Async<api::s3::GetObjectOutput> get(const wire::Call& call, api::s3::GetObjectRequest input);
  Async<api::s3::HeadObjectOutput> head(const wire::Call& call, api::s3::HeadObjectRequest input);
  Async<api::s3::GetObjectAttributesOutput> attributes(const wire::Call& call,
                                                       api::s3::GetObjectAttributesRequest input);
  Async<api::s3::DeleteObjectOutput> remove(const wire::Call& call, api::s3::DeleteObjectRequest input);
  Async<api::s3::DeleteObjectsOutput> remove_many(const wire::Call& call,
                                                  api::s3::DeleteObjectsRequest input);

 private:
  Parts& parts_;
};

// The object that a reader means, in one snapshot; with the errors and headers that readers are told for
// markers and for what is not there. `call` and `tables` outlive the task.
struct FoundObject {
  BucketRecord bucket;
  ObjectRecord object;

  std::string name(const std::string& key) const { return bucket.name + "/" + key; }
};
Async<FoundObject> find_object(const Parts& parts, Tables& tables, const wire::Call& call, ObjectName name);

// Writes what is known of a version anew, and tells of it. All outlive the task.
Async<void> change_object(const Parts& parts, Tables& tables, const wire::Call& call,
                          const FoundObject& changed, std::string key, std::string_view event);

// Tells of an object that is there now. `call`, `bucket` and `object` outlive the task.
Async<void> tell_created(const Parts& parts, store::Transaction& tx, const wire::Call& call,
                         const BucketRecord& bucket, std::string_view event, std::string key,
                         const ObjectRecord& object);

}  // namespace hearth::services::s3
