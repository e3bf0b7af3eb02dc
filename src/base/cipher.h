// Ciphers of streams over OpenSSL. Both take their bytes in pieces and may work in place.
//
// Threads: one at a time.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>

namespace hearth {

struct CipherContext;

// AES-256-GCM: what was sealed opens only unchanged, with the same key, nonce and `also`. REQUIRES that no
// nonce is used twice with a key.
//
//   gcm.begin(nonce, owner); gcm.update(text, out); gcm.finish(tag);
class Aes256Gcm {
 public:
  static constexpr size_t kKeyBytes = 32, kNonceBytes = 12, kTagBytes = 16;
  enum class Direction { kSeal, kOpen };

  Aes256Gcm(std::string_view key, Direction direction);
  Aes256Gcm(Aes256Gcm&&) noexcept;
  ~Aes256Gcm();
  // `also` is authenticated, and not in the output.
  void begin(std::string_view nonce, std::string_view also = {});
  void update(std::string_view in, char* out);  // `out` takes as many bytes as `in` has
  void finish(char* tag);                       // of kSeal: writes the tag
  bool opens(std::string_view tag);             // of kOpen: whether everything is as it was sealed

 private:
  std::unique_ptr<CipherContext> context_;
};

// AES-256 in counter mode: hides, proves nothing.
class Aes256Ctr {
 public:
  static constexpr size_t kKeyBytes = 32, kCounterBytes = 16;
  explicit Aes256Ctr(std::string_view key);
  Aes256Ctr(Aes256Ctr&&) noexcept;
  ~Aes256Ctr();
  // The counter that the stream begins with.
  void begin(std::string_view counter);
  void update(std::string_view in, char* out);

 private:
  std::unique_ptr<CipherContext> context_;
};

}  // namespace hearth
