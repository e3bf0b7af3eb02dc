#include "services/s3/keyring.h"

#include "base/check.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "services/s3/body_cipher.h"

namespace hearth::services::s3 {
namespace {

// Spelled once for each, and never otherwise: data depends on it.
std::string purpose_of(const Encryption& encryption) {
  switch (encryption.kind) {
    case EncryptionKind::kS3:
      return "s3 body key";
    case EncryptionKind::kKms:
      return "s3 body key of " + encryption.key_arn;
    case EncryptionKind::kKmsDual:
      return "s3 dual body key of " + encryption.key_arn;
    case EncryptionKind::kCustomer:
      return "s3 body key of a customer";
    case EncryptionKind::kNone:
      break;
  }
  CHECK(false, "plain bodies have no key");
}

std::string vouched_for(const Encryption& encryption, uint64_t size_bytes) {
  return std::to_string(size_bytes) + " " + encryption.context;
}

}  // namespace

Keyring::Keyring(std::string master_key, Random& random)
    : master_key_(std::move(master_key)),
      own_(master_key_, purpose_of({.kind = EncryptionKind::kS3}), random),
      random_(random) {}

identity::Seal Keyring::seal_of(const Protection& protection) const {
  const Encryption& how = protection.encryption;
  if (how.kind == EncryptionKind::kS3) return own_;
  const bool by_customer = how.kind == EncryptionKind::kCustomer;
  return {by_customer ? protection.customer_key : master_key_, purpose_of(how), random_};
}

std::string Keyring::new_key() const {
  std::string key(kBodyKeyBytes, '\0');
  random_.fill(std::as_writable_bytes(std::span(key)));
  return key;
}

std::string Keyring::cipher_key(const Encryption& encryption, std::string key) {
  if (encryption.kind != EncryptionKind::kKmsDual) return key;
  return hmac_sha256(key, "inner layer") + hmac_sha256(key, "outer layer");
}

std::string Keyring::wrap(const Protection& protection, std::string_view key, uint64_t size_bytes) const {
  const Encryption& how = protection.encryption;
  return seal_of(protection).seal(key, vouched_for(how, size_bytes));
}

Result<std::string> Keyring::unwrap(const Protection& protection, std::string_view wrapped,
                                    uint64_t size_bytes) const {
  const Encryption& how = protection.encryption;
  if (how.kind == EncryptionKind::kNone) return fail("CorruptObject", "a key stands at a plain object");
  auto key = seal_of(protection).open(wrapped, vouched_for(how, size_bytes));
  if (!key || key->size() != kBodyKeyBytes) return fail("CorruptObject", "its key does not open");
  return *std::move(key);
}

Result<std::string> Keyring::open(const Protection& protection, std::string_view wrapped,
                                  uint64_t size_bytes) const {
  TRY_SYNC(std::string key, unwrap(protection, wrapped, size_bytes));
  return cipher_key(protection.encryption, std::move(key));
}

std::string Keyring::default_kms_key(const std::string& region, const std::string& account) const {
  std::string id = hex_encode(hmac_sha256(master_key_, "kms key aws/s3 of " + region + " " + account));
  id = id.substr(0, 8) + "-" + id.substr(8, 4) + "-4" + id.substr(13, 3) + "-a" + id.substr(17, 3) + "-" +
       id.substr(20, 12);
  return "arn:aws:kms:" + region + ":" + account + ":key/" + id;
}

}  // namespace hearth::services::s3
