// Hashes and MACs over OpenSSL, as raw bytes.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hearth {

std::string sha256(std::string_view bytes);
// For what protocols ask for; nothing rests on it.
std::string md5(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view message);
// Compares without telling by its duration where the two differ.
bool constant_time_equal(std::string_view a, std::string_view b);

enum class DigestKind : uint8_t { kMd5, kSha1, kSha256, kSha512, kSha384 };

// The hash of a stream.
class Digest {
 public:
  explicit Digest(DigestKind kind = DigestKind::kSha256);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  void update(std::string_view bytes);
  std::string finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth
