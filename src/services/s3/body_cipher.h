// How encrypted bodies stand on disk: blocks of 64 KiB, the last one shorter, each followed by its tag. A
// body has a key of its own, and a block's number is its nonce, so none is used twice, and a block that was
// changed, moved, or taken from another body does not open. That a body has lost its last blocks is noticed
// by its size, which its wrapped key vouches for (keyring.h).
//
// A key of twice the length encrypts once more, by its second half, what the first one has sealed.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "base/cipher.h"

namespace hearth::services::s3 {

inline constexpr size_t kBlockBytes = 64 * 1024;
inline constexpr size_t kTagBytes = Aes256Gcm::kTagBytes;
inline constexpr size_t kBodyKeyBytes = Aes256Gcm::kKeyBytes;
inline constexpr size_t kDualBodyKeyBytes = kBodyKeyBytes + Aes256Ctr::kKeyBytes;

// What a body of so many bytes takes.
constexpr uint64_t stored_bytes_of(uint64_t size_bytes) {
  return size_bytes + (size_bytes + kBlockBytes - 1) / kBlockBytes * kTagBytes;
}

// Seals a body piece by piece. Threads: one at a time.
class BodySealer {
 public:
  explicit BodySealer(std::string_view key);
  // What is to be kept for these bytes; it stays until the next call. An empty piece is the end.
  std::string_view seal(std::string_view bytes);

 private:
  char* end_block(char* out);

  Aes256Gcm gcm_;
  std::optional<Aes256Ctr> outer_;
  std::string out_;
  uint64_t number_ = 0;
  size_t in_block_ = 0;
};

// Opens the blocks of a body, in any order. Threads: one at a time.
class BodyOpener {
 public:
  explicit BodyOpener(std::string_view key);
  // In place. False when the block is not as it was sealed: its bytes are worth nothing then.
  bool open(uint64_t number, std::span<char> block, std::string_view tag);

 private:
  Aes256Gcm gcm_;
  std::optional<Aes256Ctr> outer_;
};

// A whole body of one block at most; nothing when it was changed.
std::optional<std::string> open_small(std::string_view key, std::string sealed);

}  // namespace hearth::services::s3
