#include "wire/body_digests.h"

#include "base/checksum.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::wire {
namespace {

constexpr int kBadRequest = 400;

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
  for (const ChecksumAlgorithm& algorithm : checksum_algorithms()) {
    const std::string* text = headers.find("x-amz-checksum-" + to_lower(algorithm.name));
    if (!text || base64_decode(*text) == checksum_of(algorithm.kind, body)) continue;
    return fail(Error{.code = "BadDigest",
                      .message = "The " + std::string(algorithm.name) +
                                 " you specified did not match the calculated checksum.",
                      .status = kBadRequest});
  }
  return {};
}

}  // namespace hearth::wire
