#include "services/s3/checksum.h"

#include <array>

#include "base/encoding.h"
#include "services/s3/errors.h"

namespace hearth::services::s3 {
namespace {

struct Row {
  ChecksumKind kind;
  std::string_view name;
  std::string_view header;
  size_t size_bytes;
};
constexpr std::array kRows = {
    Row{ChecksumKind::kCrc32, "CRC32", "x-amz-checksum-crc32", 4},
    Row{ChecksumKind::kCrc32c, "CRC32C", "x-amz-checksum-crc32c", 4},
    Row{ChecksumKind::kCrc64Nvme, "CRC64NVME", "x-amz-checksum-crc64nvme", 8},
    Row{ChecksumKind::kSha1, "SHA1", "x-amz-checksum-sha1", 20},
    Row{ChecksumKind::kSha256, "SHA256", "x-amz-checksum-sha256", 32},
};

const Row& row_of(ChecksumKind kind) {
  return kRows[static_cast<size_t>(kind)];
}

CrcKind crc_of(ChecksumKind kind) {
  if (kind == ChecksumKind::kCrc32) return CrcKind::kCrc32;
  return kind == ChecksumKind::kCrc32c ? CrcKind::kCrc32c : CrcKind::kCrc64Nvme;
}

std::variant<Crc, Digest> start(ChecksumKind kind) {
  if (is_linear(kind)) return Crc(crc_of(kind));
  return Digest(kind == ChecksumKind::kSha1 ? DigestKind::kSha1 : DigestKind::kSha256);
}

std::string finished(std::variant<Crc, Digest>& checksum) {
  if (Crc* crc = std::get_if<Crc>(&checksum)) return crc->bytes();
  return std::get<Digest>(checksum).finish();
}

uint64_t number_of(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

}  // namespace

std::string_view name_of(ChecksumKind kind) {
  return row_of(kind).name;
}
std::string_view header_of(ChecksumKind kind) {
  return row_of(kind).header;
}
size_t size_bytes_of(ChecksumKind kind) {
  return row_of(kind).size_bytes;
}

std::optional<ChecksumKind> parse_checksum_kind(std::string_view name) {
  for (const Row& row : kRows) {
    if (iequals(row.name, name)) return row.kind;
  }
  return std::nullopt;
}

bool is_linear(ChecksumKind kind) {
  return kind != ChecksumKind::kSha1 && kind != ChecksumKind::kSha256;
}

std::string text_of(const Checksum& checksum) {
  std::string text = base64_encode(checksum.value);
  if (checksum.composite != 0) text += "-" + std::to_string(checksum.composite);
  return text;
}

std::string_view type_of(const Checksum& checksum) {
  return checksum.composite != 0 ? "COMPOSITE" : "FULL_OBJECT";
}

BodyDigests::BodyDigests(ChecksumKind kind) : kind_(kind), md5_(DigestKind::kMd5), checksum_(start(kind)) {}

void BodyDigests::update(std::string_view bytes) {
  md5_.update(bytes);
  std::visit([bytes](auto& checksum) { checksum.update(bytes); }, checksum_);
}

BodyDigests::Values BodyDigests::finish() {
  return {.md5 = md5_.finish(), .checksum = {.kind = kind_, .value = finished(checksum_)}};
}

Checksum composite_of(ChecksumKind kind, const std::vector<PartChecksum>& parts) {
  std::variant<Crc, Digest> whole = start(kind);
  for (const PartChecksum& part : parts) {
    std::visit([&part](auto& checksum) { checksum.update(part.value); }, whole);
  }
  return {.kind = kind, .value = finished(whole), .composite = static_cast<int64_t>(parts.size())};
}

Checksum combined_of(ChecksumKind kind, const std::vector<PartChecksum>& parts) {
  const CrcKind crc = crc_of(kind);
  uint64_t value = 0;  // of nothing
  for (const PartChecksum& part : parts) {
    value = Crc::combine(crc, value, number_of(part.value), part.size_bytes);
  }
  return {.kind = kind, .value = Crc::bytes_of(crc, value)};
}

Result<std::string> parse_checksum(const GivenChecksum& given) {
  auto bytes = base64_decode(given.text);
  if (bytes && bytes->size() == size_bytes_of(given.kind)) return *std::move(bytes);
  return fail(
      errors::invalid_request("Value for " + std::string(header_of(given.kind)) + " header is invalid."));
}

Error several_checksums() {
  return errors::invalid_request(
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
}

Error checksum_not_implemented(std::string_view name) {
  return errors::header_not_implemented("x-amz-checksum-" + std::string(name),
                                        "This server does not compute such checksums.");
}

}  // namespace hearth::services::s3
