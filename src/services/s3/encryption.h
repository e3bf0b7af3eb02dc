// How objects are encrypted: what the headers of a request ask for, what a bucket says of objects that ask
// for nothing, and whether who reads brings the right key.
//
//   TRY(const EncryptionRequest asked, parts.encryption.asked_by(input, call));
//   TRY(const Protection protection, co_await parts.encryption.choose(tables, bucket, asked));
//
// Errors: those of S3; "KMS.NotFoundException" for keys other than the account's own.
// Threads: any loop.
#pragma once
#include <optional>
#include <string>

#include "services/s3/keyring.h"
#include "services/s3/records.h"
#include "wire/call.h"

namespace hearth::services::s3 {

struct CustomerKey {
  std::string key;
  std::string md5;  // as the client wrote it
};

struct EncryptionRequest {
  std::optional<std::string> algorithm;
  std::optional<std::string> kms_key;
  std::string context;
  std::optional<bool> bucket_key;
  std::optional<CustomerKey> customer;

  bool any() const { return algorithm || customer; }
};

// The three headers of a customer's key.
struct CustomerHeaders {
  std::optional<std::string> algorithm, key, md5;
};

struct EncryptionOptions {
  bool always = true;               // objects that nobody asks to encrypt are encrypted too
  bool customer_needs_tls = false;  // keys of customers are taken over TLS only
};

class ObjectEncryption {
 public:
  // Both outlive it.
  ObjectEncryption(const Keyring& keyring, Random& random, EncryptionOptions options)
      : keyring_(keyring), random_(random), options_(options) {}

  bool always() const { return options_.always; }

  // From the input of an operation that writes an object or begins an upload.
  template <typename Input>
  Result<EncryptionRequest> asked_by(const Input& input, const wire::Call& call) const;
  // From the input of one that reads an object or brings a part.
  template <typename Input>
  Result<std::optional<CustomerKey>> customer_key(const Input& input, const wire::Call& call) const {
    return parse({input.sse_customer_algorithm, input.sse_customer_key, input.sse_customer_key_md5}, call);
  }
  template <typename Input>
  Result<std::optional<CustomerKey>> source_key(const Input& input, const wire::Call& call) const {
    return parse({input.copy_source_sse_customer_algorithm, input.copy_source_sse_customer_key,
                  input.copy_source_sse_customer_key_md5},
                 call);
  }

  // What a new object of the bucket gets. `tables` and `bucket` outlive the task.
  Async<Protection> choose(Tables& tables, const BucketRecord& bucket, EncryptionRequest asked) const;
  // By which an object is read.
  Result<Protection> open(const Encryption& encryption, const std::optional<CustomerKey>& given) const;
  // By which a part is added to an upload.
  Result<Protection> continued(const Encryption& encryption, const std::optional<CustomerKey>& given) const;

  // The key that is meant, as its ARN.
  Result<std::string> kms_key(const BucketRecord& bucket, const std::optional<std::string>& named) const;

 private:
  Result<std::optional<CustomerKey>> parse(const CustomerHeaders& headers, const wire::Call& call) const;
  static Status check(const EncryptionRequest& asked);
  Protection by_customer(const CustomerKey& key) const;

  const Keyring& keyring_;
  Random& random_;
  EncryptionOptions options_;
};

// The value of x-amz-server-side-encryption; empty where it has none.
std::string_view name_of(EncryptionKind kind);

inline constexpr std::string_view kCustomerAlgorithm = "AES256";

// Into the output of an operation that writes or reads an object.
template <typename Output>
void describe_encryption(const Encryption& encryption, const std::optional<CustomerKey>& given,
                         Output& output) {
  if (const std::string_view name = name_of(encryption.kind); !name.empty()) {
    output.server_side_encryption = std::string(name);
  }
  if (!encryption.key_arn.empty()) {
    output.ssekms_key_id = encryption.key_arn;
    if (encryption.bucket_key) output.bucket_key_enabled = true;
    if constexpr (requires { output.ssekms_encryption_context; }) {
      if (!encryption.context.empty()) output.ssekms_encryption_context = encryption.context;
    }
  }
  if constexpr (requires { output.sse_customer_algorithm; }) {
    if (encryption.kind == EncryptionKind::kCustomer && given) {
      output.sse_customer_algorithm = std::string(kCustomerAlgorithm);
      output.sse_customer_key_md5 = given->md5;
    }
  }
}

template <typename Input>
Result<EncryptionRequest> ObjectEncryption::asked_by(const Input& input, const wire::Call& call) const {
  EncryptionRequest asked{.algorithm = input.server_side_encryption,
                          .kms_key = input.ssekms_key_id,
                          .context = input.ssekms_encryption_context.value_or(""),
                          .bucket_key = input.bucket_key_enabled};
  TRY_SYNC(asked.customer, customer_key(input, call));
  TRY_SYNC_VOID(check(asked));
  return asked;
}

}  // namespace hearth::services::s3
