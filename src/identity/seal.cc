#include "identity/seal.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"
#include "base/digest.h"

namespace hearth::identity {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

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
  unsigned char* const nonce = bytes_of(sealed);
  unsigned char* const text = nonce + kNonceBytes;
  unsigned char* const tag = text + secret.size();
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  CHECK(context != nullptr &&
        EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(std::string_view(key_)),
                           nonce) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &length, bytes_of(owner), static_cast<int>(owner.size())) ==
            1 &&
        EVP_EncryptUpdate(context.get(), text, &length, bytes_of(secret), static_cast<int>(secret.size())) ==
            1 &&
        EVP_EncryptFinal_ex(context.get(), text + length, &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1);
  return sealed;
}

std::optional<std::string> Seal::open(std::string_view sealed, std::string_view owner) const {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const std::string_view text = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string secret(text.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  CHECK(context != nullptr &&
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(std::string_view(key_)),
                           bytes_of(sealed)) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &length, bytes_of(owner), static_cast<int>(owner.size())) ==
            1 &&
        EVP_DecryptUpdate(context.get(), bytes_of(secret), &length, bytes_of(text),
                          static_cast<int>(text.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), bytes_of(secret) + length, &length) != 1) return std::nullopt;
  return secret;
}

}  // namespace hearth::identity
