#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <array>

#include "base/check.h"
#include "base/unsigned_bytes.h"

namespace hearth {

namespace {

// OpenSSL looks an algorithm up by name each time it is not told which one: that takes longer than the hash
// of a short text. So the algorithm is found once, and contexts are kept.
const EVP_MD* algorithm(DigestKind kind) {
  static const std::array<EVP_MD*, 5> kFound = {
      EVP_MD_fetch(nullptr, "MD5", nullptr), EVP_MD_fetch(nullptr, "SHA1", nullptr),
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_fetch(nullptr, "SHA512", nullptr),
      EVP_MD_fetch(nullptr, "SHA384", nullptr)};
  return kFound[static_cast<size_t>(kind)];
}

struct HmacContext {
  EVP_MAC_CTX* context = nullptr;

  HmacContext() {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                     OSSL_PARAM_construct_end()};
    CHECK(context != nullptr && EVP_MAC_CTX_set_params(context, parameters) == 1);
  }
  ~HmacContext() { EVP_MAC_CTX_free(context); }
  HmacContext(const HmacContext&) = delete;
};

}  // namespace

std::string sha256(std::string_view bytes) {
  Digest hash;
  hash.update(bytes);
  return hash.finish();
}

std::string md5(std::string_view bytes) {
  Digest hash(DigestKind::kMd5);
  hash.update(bytes);
  return hash.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  static thread_local const HmacContext hmac;
  std::string mac(SHA256_DIGEST_LENGTH, '\0');
  size_t length = 0;
  // An empty key must have an address: without one the key of the last time would be taken again.
  CHECK(EVP_MAC_init(hmac.context, unsigned_bytes(key.empty() ? "" : key), key.size(), nullptr) == 1 &&
        EVP_MAC_update(hmac.context, unsigned_bytes(message), message.size()) == 1 &&
        EVP_MAC_final(hmac.context, unsigned_bytes(mac), &length, mac.size()) == 1);
  return mac;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Digest::Digest(DigestKind kind) : state_(std::make_unique<State>()) {
  CHECK(EVP_DigestInit_ex(state_->context, algorithm(kind), nullptr) == 1);
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Digest::finish() {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  CHECK(EVP_DigestFinal_ex(state_->context, unsigned_bytes(digest), &length) == 1);
  digest.resize(length);
  return digest;
}

}  // namespace hearth
