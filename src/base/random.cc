#include "base/random.h"

#include <openssl/rand.h>

#include <array>

#include "base/check.h"
#include "base/encoding.h"

namespace hearth {
namespace {

// OpenSSL's generator costs about a microsecond a call; a thread draws a block at a time. A forked child must
// not share the block, and none of ours calls this between fork and exec.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    thread_local std::array<unsigned char, 4096> block;
    thread_local size_t left = 0;
    if (bytes.size() > block.size()) {
      CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) == 1);
      return;
    }
    if (left < bytes.size()) {
      CHECK(RAND_bytes(block.data(), static_cast<int>(block.size())) == 1);
      left = block.size();
    }
    left -= bytes.size();
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::byte>(block[left + i]);
      block[left + i] = 0;
    }
  }
};

}  // namespace

uint64_t Random::next() {
  uint64_t value;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

uint64_t Random::below(uint64_t bound) {
  DCHECK(bound > 0);
  return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

double Random::unit() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::string Random::uuid() {
  std::array<uint8_t, 16> bytes;
  fill(std::as_writable_bytes(std::span(bytes)));
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  text.reserve(36);
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHexDigits[bytes[i] >> 4];
    text += kHexDigits[bytes[i] & 15];
  }
  return text;
}

std::string Random::hex(size_t digits) {
  std::string bytes((digits + 1) / 2, '\0');
  fill(std::as_writable_bytes(std::span(bytes)));
  std::string text = hex_encode(bytes);
  text.resize(digits);
  return text;
}

std::string Random::letters(size_t count, std::string_view alphabet) {
  std::string text(count, ' ');
  for (char& c : text) c = alphabet[below(alphabet.size())];
  return text;
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

}  // namespace hearth
