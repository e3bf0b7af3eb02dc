// The checksums that clients may ask for beside the MD5 of the ETag: their names, how they are computed over
// a stream, and how those of parts make that of the whole.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "base/result.h"
#include "services/s3/records.h"

namespace hearth::services::s3 {

std::string_view name_of(ChecksumKind kind);  // "CRC64NVME"
std::string header_of(ChecksumKind kind);     // "x-amz-checksum-crc64nvme"
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
  ChecksumStream checksum_;
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
// Of a name that none of them has.
Error unknown_checksum();

// ----- templates -----

// Calls visit(kind, member) for each member of a shape that is a checksum.
template <typename Struct>
void each_checksum(Struct& shape, auto visit) {
  visit(ChecksumKind::kCrc32, shape.checksum_crc32);
  visit(ChecksumKind::kCrc32c, shape.checksum_crc32_c);
  visit(ChecksumKind::kCrc64Nvme, shape.checksum_crc64_nvme);
  visit(ChecksumKind::kSha1, shape.checksum_sha1);
  visit(ChecksumKind::kSha256, shape.checksum_sha256);
  visit(ChecksumKind::kSha512, shape.checksum_sha512);
  visit(ChecksumKind::kMd5, shape.checksum_md5);
  visit(ChecksumKind::kXxHash64, shape.checksum_xxhash64);
  visit(ChecksumKind::kXxHash3, shape.checksum_xxhash3);
  visit(ChecksumKind::kXxHash128, shape.checksum_xxhash128);
}

template <typename Input>
Result<std::optional<GivenChecksum>> given_checksum(const Input& input) {
  std::optional<GivenChecksum> found;
  int count = 0;
  each_checksum(input, [&](ChecksumKind kind, const std::optional<std::string>& text) {
    if (!text) return;
    found = GivenChecksum{kind, *text};
    ++count;
  });
  if (count > 1) return fail(several_checksums());
  return found;
}

template <typename Output>
void set_checksum(Output& output, const Checksum& checksum) {
  each_checksum(output, [&](ChecksumKind kind, std::optional<std::string>& member) {
    if (kind == checksum.kind) member = text_of(checksum);
  });
}

}  // namespace hearth::services::s3
