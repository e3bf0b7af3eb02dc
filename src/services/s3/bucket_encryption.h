// The rule by which a bucket encrypts objects that ask for nothing, and the operations that change how things
// are encrypted: the rule itself, and objects that are there already.
#pragma once
#include "api/s3.h"
#include "services/s3/parts.h"
#include "services/s3/records.h"
#include "wire/router.h"

namespace hearth::services::s3 {

struct BucketEncryption {
  EncryptionKind kind = EncryptionKind::kNone;
  std::optional<std::string> kms_key;
  bool bucket_key = false;
  bool blocks_customer_keys = false;
  bool chosen = false;  // by somebody
};
// `always`: whether a bucket without a rule encrypts. Both outlive the task.
Async<BucketEncryption> encryption_of(Tables& tables, const BucketRecord& bucket, bool always);

class EncryptionSettings {
 public:
  explicit EncryptionSettings(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

 private:
  Async<api::s3::PutBucketEncryptionOutput> put(const wire::Call& call,
                                                api::s3::PutBucketEncryptionRequest input);
  // The keys of the object's bytes are wrapped anew; nothing else of it changes.
  Async<api::s3::UpdateObjectEncryptionResponse> update(const wire::Call& call,
                                                        api::s3::UpdateObjectEncryptionRequest input);

  Parts& parts_;
};

}  // namespace hearth::services::s3
