#include "services/s3/encryption.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "services/s3/bucket_encryption.h"
#include "services/s3/errors.h"
#include "services/s3/object_head.h"

namespace hearth::services::s3 {
namespace {

constexpr std::string_view kHeader = "x-amz-server-side-encryption";
constexpr std::string_view kNoValue = "null";  // how the service shows a header that is not there
constexpr size_t kCustomerKeyBytes = 32;
constexpr size_t kSaltBytes = 16;
constexpr size_t kUuidLength = 36;

Error wrong_header(std::string message, std::string value = std::string(kNoValue)) {
  return errors::invalid_argument(std::move(message), std::string(kHeader), std::move(value));
}

Error wrong_customer_header(std::string_view what) {
  return wrong_header("Requests specifying Server Side Encryption with Customer provided keys must provide " +
                      std::string(what));
}

Error no_such_key(std::string message) {
  return {.code = "KMS.NotFoundException", .message = std::move(message), .status = 400};
}

std::optional<EncryptionKind> parse_kind(std::string_view name) {
  for (const auto kind : {EncryptionKind::kS3, EncryptionKind::kKms, EncryptionKind::kKmsDual}) {
    if (name == name_of(kind)) return kind;
  }
  return std::nullopt;
}

bool is_kms(std::optional<EncryptionKind> kind) {
  return kind == EncryptionKind::kKms || kind == EncryptionKind::kKmsDual;
}

std::string proof_of(std::string_view key, std::string_view salt) {
  return hmac_sha256(key, std::string("hearth customer key ").append(salt));
}

Error not_applicable() {
  return errors::invalid_request("The encryption parameters are not applicable to this object.");
}

bool is_right(const Encryption& encryption, const CustomerKey& given) {
  return constant_time_equal(proof_of(given.key, encryption.salt), encryption.proof);
}

}  // namespace

std::string_view name_of(EncryptionKind kind) {
  switch (kind) {
    case EncryptionKind::kS3:
      return "AES256";
    case EncryptionKind::kKms:
      return "aws:kms";
    case EncryptionKind::kKmsDual:
      return "aws:kms:dsse";
    default:
      return {};
  }
}

Result<std::optional<CustomerKey>> ObjectEncryption::parse(const CustomerHeaders& headers,
                                                           const wire::Call& call) const {
  if (!headers.algorithm && !headers.key && !headers.md5) return std::nullopt;
  if (options_.customer_needs_tls && !call.tls) {
    return fail(errors::invalid_request(
        "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure "
        "connection."));
  }
  if (!headers.algorithm) return fail(wrong_customer_header("a valid encryption algorithm."));
  if (*headers.algorithm != kCustomerAlgorithm) {
    return fail(
        Error{.code = "InvalidEncryptionAlgorithmError",
              .message = "The Encryption request you specified is not valid. Supported value: AES256.",
              .extra = {{"ArgumentName", std::string(kHeader)}, {"ArgumentValue", *headers.algorithm}},
              .status = 400});
  }
  if (!headers.key) return fail(wrong_customer_header("an appropriate secret key."));
  if (!headers.md5) return fail(wrong_customer_header("the client calculated MD5 of the secret key."));
  const auto key = base64_decode(*headers.key);
  if (!key || key->size() != kCustomerKeyBytes) {
    return fail(wrong_header("The secret key was invalid for the specified algorithm."));
  }
  if (base64_encode(hearth::md5(*key)) != *headers.md5) {
    return fail(wrong_header("The calculated MD5 hash of the key did not match the hash that was provided."));
  }
  return CustomerKey{.key = *key, .md5 = *headers.md5};
}

Status ObjectEncryption::check(const EncryptionRequest& asked) {
  const auto kind = asked.algorithm ? parse_kind(*asked.algorithm) : std::nullopt;
  if (asked.customer && asked.algorithm) {
    return fail(
        wrong_header("Server Side Encryption with Customer provided key is incompatible with the encryption "
                     "method specified",
                     *asked.algorithm));
  }
  if (asked.algorithm && !kind) {
    return fail(wrong_header("The encryption method specified is not supported", *asked.algorithm));
  }
  if ((asked.kms_key || !asked.context.empty()) && !is_kms(kind)) {
    return fail(
        wrong_header("Server Side Encryption with AWS KMS managed key requires HTTP header "
                     "x-amz-server-side-encryption : aws:kms",
                     asked.algorithm.value_or(std::string(kNoValue))));
  }
  if (!asked.context.empty() && !is_encryption_context(asked.context)) {
    return fail(errors::invalid_argument(
        "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON "
        "which represents a string-string map",
        "x-amz-server-side-encryption-context", asked.context));
  }
  return {};
}

Result<std::string> ObjectEncryption::kms_key(const BucketRecord& bucket,
                                              const std::optional<std::string>& named) const {
  std::string own = keyring_.default_kms_key(bucket.region, bucket.account);
  if (!named || *named == own) return own;
  const std::string account_arn = "arn:aws:kms:" + bucket.region + ":" + bucket.account + ":";
  if (*named == "alias/aws/s3" || *named == account_arn + "alias/aws/s3") return own;
  if (own.ends_with("key/" + *named)) return own;
  const bool is_arn = named->starts_with("arn:");
  if (is_arn && !named->starts_with("arn:aws:kms:" + bucket.region + ":")) {
    const size_t region = named->find("kms:");
    const std::string rest = region == std::string::npos ? *named : named->substr(region + 4);
    return fail(no_such_key("Invalid arn " + rest.substr(0, rest.find(':'))));
  }
  if (named->starts_with("alias/")) {
    return fail(no_such_key("Alias " + account_arn + *named + " is not found."));
  }
  if (is_arn && named->find(":alias/") != std::string::npos) {
    return fail(no_such_key("Alias " + *named + " is not found."));
  }
  if (is_arn) return fail(no_such_key("Key '" + *named + "' does not exist"));
  if (named->size() == kUuidLength) {
    return fail(no_such_key("Key '" + account_arn + "key/" + *named + "' does not exist"));
  }
  return fail(no_such_key("Invalid keyId '" + *named + "'"));
}

Protection ObjectEncryption::by_customer(const CustomerKey& key) const {
  std::string salt(kSaltBytes, '\0');
  random_.fill(std::as_writable_bytes(std::span(salt)));
  std::string proof = proof_of(key.key, salt);
  return {
      .encryption = {.kind = EncryptionKind::kCustomer, .salt = std::move(salt), .proof = std::move(proof)},
      .customer_key = key.key};
}

Async<Protection> ObjectEncryption::choose(Tables& tables, const BucketRecord& bucket,
                                           EncryptionRequest asked) const {
  TRY(const BucketEncryption rule, co_await encryption_of(tables, bucket, options_.always));
  if (asked.customer) {
    if (rule.blocks_customer_keys) {
      co_return Error{.code = "AccessDenied",
                      .message =
                          "The bucket does not allow server-side encryption with customer-provided keys "
                          "(SSE-C).",
                      .status = 403};
    }
    co_return by_customer(*asked.customer);
  }
  const bool by_rule = !asked.algorithm;
  Encryption chosen{.kind = by_rule ? rule.kind : *parse_kind(*asked.algorithm)};
  if (is_kms(chosen.kind)) {
    TRY(chosen.key_arn, kms_key(bucket, by_rule ? rule.kms_key : asked.kms_key));
    chosen.context = std::move(asked.context);
    const bool can_have_bucket_key = chosen.kind == EncryptionKind::kKms;
    chosen.bucket_key = can_have_bucket_key && asked.bucket_key.value_or(rule.bucket_key);
  }
  co_return Protection{.encryption = std::move(chosen)};
}

Result<Protection> ObjectEncryption::open(const Encryption& encryption,
                                          const std::optional<CustomerKey>& given) const {
  if (encryption.kind != EncryptionKind::kCustomer) {
    if (given) return fail(not_applicable());
    return Protection{.encryption = encryption};
  }
  if (!given) {
    return fail(
        errors::invalid_request("The object was stored using a form of Server Side Encryption. The correct "
                                "parameters must be provided "
                                "to retrieve the object."));
  }
  if (!is_right(encryption, *given)) {
    return fail(Error{.code = "AccessDenied",
                      .message =
                          "Requests specifying Server Side Encryption with Customer provided keys must "
                          "provide the correct secret key.",
                      .status = 403});
  }
  return Protection{.encryption = encryption, .customer_key = given->key};
}

Result<Protection> ObjectEncryption::continued(const Encryption& encryption,
                                               const std::optional<CustomerKey>& given) const {
  if (encryption.kind != EncryptionKind::kCustomer) {
    if (!given) return Protection{.encryption = encryption};
    return fail(errors::invalid_request(
        "The multipart upload initiate requested no encryption by a customer's key."));
  }
  if (!given) {
    return fail(errors::invalid_request(
        "The multipart upload initiate requested encryption. Subsequent part requests "
        "must include the appropriate encryption parameters."));
  }
  if (!is_right(encryption, *given)) {
    return fail(errors::invalid_request(
        "The provided encryption parameters did not match the ones used originally."));
  }
  return Protection{.encryption = encryption, .customer_key = given->key};
}

}  // namespace hearth::services::s3
