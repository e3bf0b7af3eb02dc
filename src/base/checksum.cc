#include "base/checksum.h"

#include <xxhash.h>

#include <array>

#include "base/check.h"

namespace hearth {
namespace {

constexpr std::array kAlgorithms = {
    ChecksumAlgorithm{ChecksumKind::kCrc32, "CRC32", 4, true},
    ChecksumAlgorithm{ChecksumKind::kCrc32c, "CRC32C", 4, true},
    ChecksumAlgorithm{ChecksumKind::kCrc64Nvme, "CRC64NVME", 8, true},
    ChecksumAlgorithm{ChecksumKind::kSha1, "SHA1", 20, false},
    ChecksumAlgorithm{ChecksumKind::kSha256, "SHA256", 32, false},
    ChecksumAlgorithm{ChecksumKind::kSha512, "SHA512", 64, false},
    ChecksumAlgorithm{ChecksumKind::kMd5, "MD5", 16, false},
    ChecksumAlgorithm{ChecksumKind::kXxHash64, "XXHASH64", 8, false},
    ChecksumAlgorithm{ChecksumKind::kXxHash3, "XXHASH3", 8, false},
    ChecksumAlgorithm{ChecksumKind::kXxHash128, "XXHASH128", 16, false},
};

template <typename Canonical>
std::string bytes_of(const Canonical& canonical) {
  return {reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest};
}

}  // namespace

// One of the family, with seed 0.
class ChecksumStream::XxHash {
 public:
  explicit XxHash(ChecksumKind kind) : kind_(kind), old_(XXH64_createState()), new_(XXH3_createState()) {
    CHECK(old_ && new_);
    XXH64_reset(old_.get(), 0);
    if (kind == ChecksumKind::kXxHash128) {
      XXH3_128bits_reset(new_.get());
    } else {
      XXH3_64bits_reset(new_.get());
    }
  }

  void update(std::string_view bytes) {
    if (kind_ == ChecksumKind::kXxHash64) {
      XXH64_update(old_.get(), bytes.data(), bytes.size());
    } else if (kind_ == ChecksumKind::kXxHash3) {
      XXH3_64bits_update(new_.get(), bytes.data(), bytes.size());
    } else {
      XXH3_128bits_update(new_.get(), bytes.data(), bytes.size());
    }
  }

  std::string finish() {
    if (kind_ == ChecksumKind::kXxHash128) {
      XXH128_canonical_t canonical;
      XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(new_.get()));
      return bytes_of(canonical);
    }
    const bool is_old = kind_ == ChecksumKind::kXxHash64;
    XXH64_canonical_t canonical;
    XXH64_canonicalFromHash(&canonical, is_old ? XXH64_digest(old_.get()) : XXH3_64bits_digest(new_.get()));
    return bytes_of(canonical);
  }

 private:
  struct Free {
    void operator()(XXH64_state_t* state) const { XXH64_freeState(state); }
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  ChecksumKind kind_;
  std::unique_ptr<XXH64_state_t, Free> old_;
  std::unique_ptr<XXH3_state_t, Free> new_;
};

std::span<const ChecksumAlgorithm> checksum_algorithms() {
  return kAlgorithms;
}

ChecksumStream::State ChecksumStream::start(ChecksumKind kind) {
  switch (kind) {
    case ChecksumKind::kCrc32:
      return Crc(CrcKind::kCrc32);
    case ChecksumKind::kCrc32c:
      return Crc(CrcKind::kCrc32c);
    case ChecksumKind::kCrc64Nvme:
      return Crc(CrcKind::kCrc64Nvme);
    case ChecksumKind::kSha1:
      return Digest(DigestKind::kSha1);
    case ChecksumKind::kSha256:
      return Digest(DigestKind::kSha256);
    case ChecksumKind::kSha512:
      return Digest(DigestKind::kSha512);
    case ChecksumKind::kMd5:
      return Digest(DigestKind::kMd5);
    default:
      return std::make_unique<XxHash>(kind);
  }
}

ChecksumStream::ChecksumStream(ChecksumKind kind) : state_(start(kind)) {}
ChecksumStream::~ChecksumStream() = default;
ChecksumStream::ChecksumStream(ChecksumStream&&) noexcept = default;
ChecksumStream& ChecksumStream::operator=(ChecksumStream&&) noexcept = default;

void ChecksumStream::update(std::string_view bytes) {
  if (auto* crc = std::get_if<Crc>(&state_)) {
    crc->update(bytes);
  } else if (auto* digest = std::get_if<Digest>(&state_)) {
    digest->update(bytes);
  } else {
    std::get<std::unique_ptr<XxHash>>(state_)->update(bytes);
  }
}

std::string ChecksumStream::finish() {
  if (auto* crc = std::get_if<Crc>(&state_)) return crc->bytes();
  if (auto* digest = std::get_if<Digest>(&state_)) return digest->finish();
  return std::get<std::unique_ptr<XxHash>>(state_)->finish();
}

std::string checksum_of(ChecksumKind kind, std::string_view bytes) {
  ChecksumStream stream(kind);
  stream.update(bytes);
  return stream.finish();
}

}  // namespace hearth
