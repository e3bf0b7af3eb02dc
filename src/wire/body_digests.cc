#include "wire/body_digests.h"

#include "base/crc.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::wire {
namespace {

constexpr int kBadRequest = 400;

std::string crc_of(CrcKind kind, std::string_view body) {
  Crc crc(kind);
  crc.update(body);
  return crc.bytes();
}

std::string digest_of(DigestKind kind, std::string_view body) {
  Digest digest(kind);
  digest.update(body);
  return digest.finish();
}

struct Row {
  std::string_view name;  // behind x-amz-checksum-
  std::string (*of)(std::string_view body);
};
constexpr Row kRows[] = {
    {"crc32", [](std::string_view body) { return crc_of(CrcKind::kCrc32, body); }},
    {"crc32c", [](std::string_view body) { return crc_of(CrcKind::kCrc32c, body); }},
    {"crc64nvme", [](std::string_view body) { return crc_of(CrcKind::kCrc64Nvme, body); }},
    {"sha1", [](std::string_view body) { return digest_of(DigestKind::kSha1, body); }},
    {"sha256", [](std::string_view body) { return digest_of(DigestKind::kSha256, body); }},
};

Status check_md5(const std::string& text, std::string_view body) {
  const auto said = base64_decode(text);
  const std::string is = md5(body);
  if (said && *said == is) return {};
  if (!said || said->size() != is.size()) {
    return fail(Error{.code = "InvalidDigest",
                      .message = "The Content-MD5 you specified was invalid.",
                      .extra = {{"Content-MD5", text}},
                      .status = kBadRequest});
  }
  return fail(Error{.code = "BadDigest",
                    .message = "The Content-MD5 you specified did not match what we received.",
                    .extra = {{"ExpectedDigest", text}, {"CalculatedDigest", base64_encode(is)}},
                    .status = kBadRequest});
}

}  // namespace

Status check_body_digests(const io::Headers& headers, std::string_view body) {
  if (const std::string* text = headers.find("content-md5")) TRY_SYNC_VOID(check_md5(*text, body));
  for (const Row& row : kRows) {
    const std::string name = "x-amz-checksum-" + std::string(row.name);
    const std::string* text = headers.find(name);
    if (!text || base64_decode(*text) == row.of(body)) continue;
    std::string upper;
    for (const char c : row.name) upper += static_cast<char>(std::toupper(c));
    return fail(Error{.code = "BadDigest",
                      .message = "The " + upper + " you specified did not match the calculated checksum.",
                      .status = kBadRequest});
  }
  return {};
}

}  // namespace hearth::wire
