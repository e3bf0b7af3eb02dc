#include "base/cipher.h"

#include <openssl/evp.h>

#include <string>

#include "base/check.h"
#include "base/unsigned_bytes.h"

namespace hearth {

struct CipherContext {
  EVP_CIPHER_CTX* evp = EVP_CIPHER_CTX_new();
  CipherContext(const EVP_CIPHER* cipher, std::string_view key, bool seals);
  CipherContext(const CipherContext&) = delete;
  ~CipherContext() { EVP_CIPHER_CTX_free(evp); }

  void begin(std::string_view nonce);
  void update(std::string_view in, char* out);
};

namespace {

constexpr int kAsBefore = -1;  // whether it seals

// Looked up once: OpenSSL would search its providers for each context.
const EVP_CIPHER* aes_256_gcm() {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return kCipher;
}
const EVP_CIPHER* aes_256_ctr() {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
  return kCipher;
}

}  // namespace

CipherContext::CipherContext(const EVP_CIPHER* cipher, std::string_view key, bool seals) {
  CHECK(evp != nullptr &&
        EVP_CipherInit_ex(evp, cipher, nullptr, unsigned_bytes(key), nullptr, static_cast<int>(seals)) == 1);
}

void CipherContext::begin(std::string_view nonce) {
  CHECK(EVP_CipherInit_ex(evp, nullptr, nullptr, nullptr, unsigned_bytes(nonce), kAsBefore) == 1);
}

void CipherContext::update(std::string_view in, char* out) {
  if (in.empty()) return;  // to OpenSSL that would be the end
  int length = 0;
  CHECK(EVP_CipherUpdate(evp, reinterpret_cast<unsigned char*>(out), &length, unsigned_bytes(in),
                         static_cast<int>(in.size())) == 1 &&
        std::cmp_equal(length, in.size()));
}

Aes256Gcm::Aes256Gcm(std::string_view key, Direction direction)
    : context_(std::make_unique<CipherContext>(aes_256_gcm(), key, direction == Direction::kSeal)) {
  CHECK(key.size() == kKeyBytes);
}
Aes256Gcm::Aes256Gcm(Aes256Gcm&&) noexcept = default;
Aes256Gcm::~Aes256Gcm() = default;

void Aes256Gcm::begin(std::string_view nonce, std::string_view also) {
  CHECK(nonce.size() == kNonceBytes);
  context_->begin(nonce);
  if (also.empty()) return;
  int length = 0;
  CHECK(EVP_CipherUpdate(context_->evp, nullptr, &length, unsigned_bytes(also),
                         static_cast<int>(also.size())) == 1);
}

void Aes256Gcm::update(std::string_view in, char* out) {
  context_->update(in, out);
}

void Aes256Gcm::finish(char* tag) {
  int length = 0;
  unsigned char nothing = 0;
  CHECK(EVP_CipherFinal_ex(context_->evp, &nothing, &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context_->evp, EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1);
}

bool Aes256Gcm::opens(std::string_view tag) {
  std::string expected(tag);
  int length = 0;
  unsigned char nothing = 0;
  CHECK(tag.size() == kTagBytes &&
        EVP_CIPHER_CTX_ctrl(context_->evp, EVP_CTRL_GCM_SET_TAG, kTagBytes, expected.data()) == 1);
  return EVP_CipherFinal_ex(context_->evp, &nothing, &length) == 1;
}

Aes256Ctr::Aes256Ctr(std::string_view key)
    : context_(std::make_unique<CipherContext>(aes_256_ctr(), key, true)) {
  CHECK(key.size() == kKeyBytes);
}
Aes256Ctr::Aes256Ctr(Aes256Ctr&&) noexcept = default;
Aes256Ctr::~Aes256Ctr() = default;

void Aes256Ctr::begin(std::string_view counter) {
  CHECK(counter.size() == kCounterBytes);
  context_->begin(counter);
}

void Aes256Ctr::update(std::string_view in, char* out) {
  context_->update(in, out);
}

}  // namespace hearth
