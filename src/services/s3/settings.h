// The settings of a bucket: each is a document that is put, given back and taken away.
#pragma once
#include "api/s3.h"
#include "services/s3/parts.h"
#include "services/s3/records.h"
#include "wire/document.h"
#include "wire/router.h"

namespace hearth::services::s3 {

// Names of settings in the store.
namespace setting {
inline constexpr std::string_view kPolicy = "policy";
inline constexpr std::string_view kTagging = "tagging";
inline constexpr std::string_view kPublicAccess = "public-access";
inline constexpr std::string_view kOwnership = "ownership";
inline constexpr std::string_view kNotification = "notification";
}  // namespace setting

// `tables` outlives the tasks.
Async<std::optional<std::string>> read_setting(Tables& tables, const BucketRecord& bucket,
                                               std::string_view kind);
void write_setting(Tables& tables, const BucketRecord& bucket, std::string_view kind, std::string text);
void erase_setting(Tables& tables, const BucketRecord& bucket, std::string_view kind);

// The same for what the wire brings and takes: a struct as the JSON text of its document.
template <typename Struct>
std::string setting_text(Struct value) {
  return to_text(json::value(wire::to_document(std::move(value)).document));
}
template <typename Struct>
Result<Struct> parse_setting(const std::string& text) {
  TRY_SYNC(json::value document, parse_json(text));
  return wire::from_document<Struct>({.document = std::move(document.as_object())});
}

// What keeps a bucket from the public; a bucket that nobody set has it all.
struct PublicAccess {
  bool block_acls = true, ignore_acls = true, block_policy = true, restrict_buckets = true;
};
Async<PublicAccess> public_access_of(Tables& tables, const BucketRecord& bucket);

class Settings {
 public:
  explicit Settings(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  // Reads the bucket, then `run` (Tables&, const BucketRecord&) -> Async<Output>, in one transaction.
  template <typename Output, typename Input, typename Run>
  Async<Output> with_bucket(const wire::Call& call, const Input& input, Run& run);
  // An operation that gives back a setting nobody can make here: the error that there is none.
  template <typename Operation>
  void mount_absent(wire::Router& router, std::string_view code, std::string_view message);
  template <typename Operation, typename Output>
  void mount_empty(wire::Router& router, Output output);

  Async<api::s3::GetBucketVersioningOutput> get_versioning(const wire::Call& call,
                                                           api::s3::GetBucketVersioningRequest input);
  Async<api::s3::PutBucketVersioningOutput> put_versioning(const wire::Call& call,
                                                           api::s3::PutBucketVersioningRequest input);
  Async<api::s3::GetBucketTaggingOutput> get_tagging(const wire::Call& call,
                                                     api::s3::GetBucketTaggingRequest input);
  Async<api::s3::PutBucketTaggingOutput> put_tagging(const wire::Call& call,
                                                     api::s3::PutBucketTaggingRequest input);
  Async<api::s3::DeleteBucketTaggingOutput> delete_tagging(const wire::Call& call,
                                                           api::s3::DeleteBucketTaggingRequest input);
  Async<api::s3::GetPublicAccessBlockOutput> get_public_access(const wire::Call& call,
                                                               api::s3::GetPublicAccessBlockRequest input);
  Async<api::s3::PutPublicAccessBlockOutput> put_public_access(const wire::Call& call,
                                                               api::s3::PutPublicAccessBlockRequest input);
  Async<api::s3::DeletePublicAccessBlockOutput> delete_public_access(
      const wire::Call& call, api::s3::DeletePublicAccessBlockRequest input);
  Async<api::s3::GetBucketOwnershipControlsOutput> get_ownership(
      const wire::Call& call, api::s3::GetBucketOwnershipControlsRequest input);
  Async<api::s3::PutBucketOwnershipControlsOutput> put_ownership(
      const wire::Call& call, api::s3::PutBucketOwnershipControlsRequest input);
  Async<api::s3::DeleteBucketOwnershipControlsOutput> delete_ownership(
      const wire::Call& call, api::s3::DeleteBucketOwnershipControlsRequest input);

  Parts& parts_;
};

}  // namespace hearth::services::s3
