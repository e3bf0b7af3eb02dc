// Multipart uploads: begun, given parts in any order, completed into an object of which no byte is copied, or
// given up.
#pragma once
#include "api/s3.h"
#include "services/s3/access_point_facts.h"
#include "services/s3/body_claims.h"
#include "services/s3/parts.h"
#include "services/s3/versions.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class Uploads {
 public:
  // Both outlive it.
  Uploads(Parts& parts, AccessPointFacts& points) : parts_(parts), points_(points) {}
  void mount(wire::Router& router);

  Async<api::s3::CreateMultipartUploadOutput> create(const wire::Call& call,
                                                     api::s3::CreateMultipartUploadRequest input);
  Async<api::s3::UploadPartOutput> put_part(const wire::Call& call, api::s3::UploadPartRequest input);
  Async<api::s3::UploadPartCopyOutput> copy_part(const wire::Call& call,
                                                 api::s3::UploadPartCopyRequest input);
  Async<api::s3::CompleteMultipartUploadOutput> complete(const wire::Call& call,
                                                         api::s3::CompleteMultipartUploadRequest input);
  Async<api::s3::AbortMultipartUploadOutput> abort(const wire::Call& call,
                                                   api::s3::AbortMultipartUploadRequest input);
  Async<api::s3::ListPartsOutput> list_parts(const wire::Call& call, api::s3::ListPartsRequest input);
  Async<api::s3::ListMultipartUploadsOutput> list(const wire::Call& call,
                                                  api::s3::ListMultipartUploadsRequest input);

 private:
  // The part of that number, in place of one that was there. `call`, `input` and `received` outlive the task.
  template <typename Input>
  Async<void> keep_part(const wire::Call& call, const Input& input, const ClaimedBody& received,
                        TimePoint now);

  Parts& parts_;
  AccessPointFacts& points_;  // of what is copied
};

struct FoundUpload {
  BucketRecord bucket;
  UploadRecord upload;
};
// `call` and `tables` outlive the task.
template <typename Input>
Async<FoundUpload> find_upload(Tables& tables, const wire::Call& call, const Input& input);

// Whether it could be the id of an upload, if only of one that has ended.
bool is_upload_id(std::string_view text);

// An upload that ends: its records, and the parts that nothing else has.
Async<void> end_upload(Tables& tables, Bodies& bodies, store::Key in_table, std::string upload_id,
                       const std::vector<BodyRef>& kept);

Status check_part_number(int32_t number);

}  // namespace hearth::services::s3
