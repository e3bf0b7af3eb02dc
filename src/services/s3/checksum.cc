#include "services/s3/checksum.h"

#include "base/encoding.h"
#include "services/s3/errors.h"

namespace hearth::services::s3 {
namespace {

const ChecksumAlgorithm& algorithm_of(ChecksumKind kind) {
  return checksum_algorithms()[static_cast<size_t>(kind)];
}

CrcKind crc_of(ChecksumKind kind) {
  if (kind == ChecksumKind::kCrc32) return CrcKind::kCrc32;
  return kind == ChecksumKind::kCrc32c ? CrcKind::kCrc32c : CrcKind::kCrc64Nvme;
}

uint64_t number_of(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

}  // namespace

std::string_view name_of(ChecksumKind kind) {
  return algorithm_of(kind).name;
}
std::string header_of(ChecksumKind kind) {
  return "x-amz-checksum-" + to_lower(name_of(kind));
}
size_t size_bytes_of(ChecksumKind kind) {
  return algorithm_of(kind).size_bytes;
}

std::optional<ChecksumKind> parse_checksum_kind(std::string_view name) {
  for (const ChecksumAlgorithm& algorithm : checksum_algorithms()) {
    if (iequals(algorithm.name, name)) return algorithm.kind;
  }
  return std::nullopt;
}

bool is_linear(ChecksumKind kind) {
  return algorithm_of(kind).linear;
}

std::string text_of(const Checksum& checksum) {
  std::string text = base64_encode(checksum.value);
  if (checksum.composite != 0) text += "-" + std::to_string(checksum.composite);
  return text;
}

std::string_view type_of(const Checksum& checksum) {
  return checksum.composite != 0 ? "COMPOSITE" : "FULL_OBJECT";
}

BodyDigests::BodyDigests(ChecksumKind kind) : kind_(kind), md5_(DigestKind::kMd5), checksum_(kind) {}

void BodyDigests::update(std::string_view bytes) {
  md5_.update(bytes);
  checksum_.update(bytes);
}

BodyDigests::Values BodyDigests::finish() {
  return {.md5 = md5_.finish(), .checksum = {.kind = kind_, .value = checksum_.finish()}};
}

Checksum composite_of(ChecksumKind kind, const std::vector<PartChecksum>& parts) {
  ChecksumStream whole(kind);
  for (const PartChecksum& part : parts) whole.update(part.value);
  return {.kind = kind, .value = whole.finish(), .composite = static_cast<int64_t>(parts.size())};
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
  return fail(errors::invalid_request("Value for " + header_of(given.kind) + " header is invalid."));
}

Error several_checksums() {
  return errors::invalid_request(
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
}

Error unknown_checksum() {
  return errors::invalid_request(
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, "
      "CRC32C, CRC64NVME, SHA1, SHA256]");
}

}  // namespace hearth::services::s3
