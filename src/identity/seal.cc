#include "identity/seal.h"

#include "base/cipher.h"
#include "base/digest.h"

namespace hearth::identity {
namespace {

constexpr size_t kNonceBytes = Aes256Gcm::kNonceBytes;
constexpr size_t kTagBytes = Aes256Gcm::kTagBytes;

// One key a purpose: HMAC as a key derivation with a label, which is enough for one block of output.
std::string derived_key(std::string_view server_key, std::string_view purpose) {
  std::string label("hearth-seal\0", 12);
  label.append(purpose);
  return hmac_sha256(server_key, label);
}

}  // namespace

Seal::Seal(std::string_view server_key, std::string_view purpose, Random& random)
    : key_(derived_key(server_key, purpose)), random_(random) {}

std::string Seal::seal(std::string_view secret, std::string_view owner) const {
  std::string sealed(kNonceBytes + secret.size() + kTagBytes, '\0');
  random_.fill(std::as_writable_bytes(std::span(sealed.data(), kNonceBytes)));
  Aes256Gcm gcm(key_, Aes256Gcm::Direction::kSeal);
  gcm.begin(std::string_view(sealed).substr(0, kNonceBytes), owner);
  gcm.update(secret, sealed.data() + kNonceBytes);
  gcm.finish(sealed.data() + kNonceBytes + secret.size());
  return sealed;
}

std::optional<std::string> Seal::open(std::string_view sealed, std::string_view owner) const {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  std::string secret(sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes));
  Aes256Gcm gcm(key_, Aes256Gcm::Direction::kOpen);
  gcm.begin(sealed.substr(0, kNonceBytes), owner);
  gcm.update(secret, secret.data());
  if (!gcm.opens(sealed.substr(sealed.size() - kTagBytes))) return std::nullopt;
  return secret;
}

}  // namespace hearth::identity
