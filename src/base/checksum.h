// The checksums that clients and object stores exchange beside a body: one table of their names, and each
// computed over a stream.
//
// Threads: one at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/crc.h"
#include "base/digest.h"

namespace hearth {

// The numbers stand in records.
enum class ChecksumKind : uint8_t {
  kCrc32,
  kCrc32c,
  kCrc64Nvme,
  kSha1,
  kSha256,
  kSha512,
  kMd5,
  kXxHash64,
  kXxHash3,  // of 64 bits
  kXxHash128,
};

struct ChecksumAlgorithm {
  ChecksumKind kind;
  std::string_view name;  // "CRC64NVME"
  size_t size_bytes;
  bool linear;  // whether that of a whole can be had from those of its parts
};
std::span<const ChecksumAlgorithm> checksum_algorithms();  // in the order of the kinds

class ChecksumStream {
 public:
  explicit ChecksumStream(ChecksumKind kind);
  ~ChecksumStream();
  ChecksumStream(ChecksumStream&&) noexcept;
  ChecksumStream& operator=(ChecksumStream&&) noexcept;
  void update(std::string_view bytes);
  std::string finish();  // raw, big-endian; once

 private:
  class XxHash;
  using State = std::variant<Crc, Digest, std::unique_ptr<XxHash>>;
  static State start(ChecksumKind kind);

  State state_;
};

std::string checksum_of(ChecksumKind kind, std::string_view bytes);

}  // namespace hearth
