#include "services/signer/signing_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

#include "base/check.h"
#include "base/free_by.h"
#include "base/unsigned_bytes.h"

namespace hearth::services::signer {
namespace {

using EvpKey = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using PrivateForm = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeBy<PKCS8_PRIV_KEY_INFO_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;

// What an i2d function of OpenSSL gives.
template <typename Encode, typename Object>
std::string der_of(Encode encode, Object* object) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  CHECK(size > 0);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  OPENSSL_clear_free(bytes, static_cast<size_t>(size));
  return der;
}

}  // namespace

SigningKey SigningKey::make() {
  const EvpKey key(EVP_EC_gen("P-384"));
  CHECK(key != nullptr);
  const PrivateForm form(EVP_PKEY2PKCS8(key.get()));
  CHECK(form != nullptr);
  return {.private_der = der_of(i2d_PKCS8_PRIV_KEY_INFO, form.get()),
          .public_der = der_of(i2d_PUBKEY, key.get())};
}

std::string sign(std::string_view private_der, std::string_view text) {
  const unsigned char* at = unsigned_bytes(private_der);
  const EvpKey key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(private_der.size())));
  const DigestContext context(EVP_MD_CTX_new());
  size_t size = 0;
  CHECK(key && EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get()) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &size, unsigned_bytes(text), text.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context.get(), unsigned_bytes(signature), &size, unsigned_bytes(text), text.size()) ==
        1);
  signature.resize(size);
  return signature;
}

bool is_signed(std::string_view public_der, std::string_view text, std::string_view signature) {
  const unsigned char* at = unsigned_bytes(public_der);
  const EvpKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(public_der.size())));
  const DigestContext context(EVP_MD_CTX_new());
  const bool good = key &&
                    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get()) == 1 &&
                    EVP_DigestVerify(context.get(), unsigned_bytes(signature), signature.size(),
                                     unsigned_bytes(text), text.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace hearth::services::signer
