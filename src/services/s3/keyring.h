// The keys that wrap the keys of bodies: one for what the server encrypts by itself, one for each account and
// region in place of a key service's, and those that clients bring along. All but the last are derived from
// the master key. A wrapped key also vouches for the body's size and the encryption context.
//
// Threads: any.
#pragma once
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "identity/seal.h"
#include "services/s3/records.h"

namespace hearth::services::s3 {

// How a body is encrypted, with what is known only while a request lasts.
struct Protection {
  Encryption encryption;
  std::string customer_key;  // kCustomer
};

// Whether the ETag of what is encrypted so tells nothing of its bytes.
inline bool hides_md5(const Encryption& encryption) {
  return encryption.kind != EncryptionKind::kNone && encryption.kind != EncryptionKind::kS3;
}

class Keyring {
 public:
  // `master_key`: 32 secret bytes.
  Keyring(std::string master_key, Random& random);

  // For one body.
  std::string new_key() const;
  // What its bytes are encrypted by (body_cipher.h).
  static std::string cipher_key(const Encryption& encryption, std::string key);
  std::string wrap(const Protection& protection, std::string_view key, uint64_t size_bytes) const;
  // "CorruptObject" where it was wrapped otherwise, or changed since.
  Result<std::string> unwrap(const Protection& protection, std::string_view wrapped,
                             uint64_t size_bytes) const;

  // The same, as what its bytes are encrypted by.
  Result<std::string> open(const Protection& protection, std::string_view wrapped, uint64_t size_bytes) const;

  // The key that the alias aws/s3 means.
  std::string default_kms_key(const std::string& region, const std::string& account) const;

 private:
  identity::Seal seal_of(const Protection& protection) const;

  std::string master_key_;
  identity::Seal own_;  // of kS3, which most bodies are
  Random& random_;
};

}  // namespace hearth::services::s3
