// The checksums that clients may ask for beside the MD5 of the ETag: their names, how they are computed over
// a stream, and how those of parts make that of the whole.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/crc.h"
#include "base/digest.h"
#include "base/result.h"
#include "services/s3/records.h"

namespace hearth::services::s3 {

std::string_view name_of(ChecksumKind kind);    // "CRC64NVME"
std::string_view header_of(ChecksumKind kind);  // "x-amz-checksum-crc64nvme"
size_t size_bytes_of(ChecksumKind kind);
// Nothing for a name that is none of ours, in any case of letters.
std::optional<ChecksumKind> parse_checksum_kind(std::string_view name);
// Whether the checksum of a whole can be had from those of its parts.
bool is_linear(ChecksumKind kind);

// Base64, with "-n" behind a composite one.
std::string text_of(const Checksum& checksum);
std::string_view type_of(const Checksum& checksum);  // "COMPOSITE", "FULL_OBJECT"

// Computes MD5 and one checksum over a stream. Threads: one at a time.
class BodyDigests {
 public:
  explicit BodyDigests(ChecksumKind kind);
  void update(std::string_view bytes);
  struct Values {
    std::string md5;
    Checksum checksum;
  };
  Values finish();  // once

 private:
  ChecksumKind kind_;
  Digest md5_;
  std::variant<Crc, Digest> checksum_;
};

struct PartChecksum {
  std::string value;
  uint64_t size_bytes = 0;
};
// The checksum of what consists of these parts, in order.
Checksum composite_of(ChecksumKind kind, const std::vector<PartChecksum>& parts);
// REQUIRES is_linear(kind).
Checksum combined_of(ChecksumKind kind, const std::vector<PartChecksum>& parts);

// The checksum members of a request's input or of a part that a client lists: at most one may be there.
struct GivenChecksum {
  ChecksumKind kind;
  std::string text;
};
template <typename Input>
Result<std::optional<GivenChecksum>> given_checksum(const Input& input);
// The same for an answer.
template <typename Output>
void set_checksum(Output& output, const Checksum& checksum);

// The raw bytes of a checksum that a client gave.
Result<std::string> parse_checksum(const GivenChecksum& given);

Error several_checksums();
Error checksum_not_implemented(std::string_view name);

// ----- templates -----

template <typename Input>
Result<std::optional<GivenChecksum>> given_checksum(const Input& input) {
  std::optional<GivenChecksum> found;
  int count = 0;
  const auto look = [&](ChecksumKind kind, const std::optional<std::string>& text) {
    if (!text) return;
    found = GivenChecksum{kind, *text};
    ++count;
  };
  look(ChecksumKind::kCrc32, input.checksum_crc32);
  look(ChecksumKind::kCrc32c, input.checksum_crc32_c);
  look(ChecksumKind::kCrc64Nvme, input.checksum_crc64_nvme);
  look(ChecksumKind::kSha1, input.checksum_sha1);
  look(ChecksumKind::kSha256, input.checksum_sha256);
  for (const auto& [name, text] :
       {std::pair("sha512", &input.checksum_sha512), std::pair("md5", &input.checksum_md5),
        std::pair("xxhash64", &input.checksum_xxhash64), std::pair("xxhash3", &input.checksum_xxhash3),
        std::pair("xxhash128", &input.checksum_xxhash128)}) {
    if (*text) return fail(checksum_not_implemented(name));
  }
  if (count > 1) return fail(several_checksums());
  return found;
}

template <typename Output>
void set_checksum(Output& output, const Checksum& checksum) {
  std::string text = text_of(checksum);
  switch (checksum.kind) {
    case ChecksumKind::kCrc32:
      output.checksum_crc32 = std::move(text);
      break;
    case ChecksumKind::kCrc32c:
      output.checksum_crc32_c = std::move(text);
      break;
    case ChecksumKind::kCrc64Nvme:
      output.checksum_crc64_nvme = std::move(text);
      break;
    case ChecksumKind::kSha1:
      output.checksum_sha1 = std::move(text);
      break;
    case ChecksumKind::kSha256:
      output.checksum_sha256 = std::move(text);
      break;
  }
}

}  // namespace hearth::services::s3
