#include <cstdlib>

#include "base/encoding.h"
#include "services/s3/access_point_names.h"
#include "services/s3/body_cipher.h"
#include "services/s3/checksum.h"
#include "services/s3/cors_rules.h"
#include "services/s3/names.h"
#include "services/s3/object_head.h"
#include "services/s3/object_lambda_event.h"
#include "services/s3/range.h"
#include "wire/sigv2.h"

namespace {

using namespace hearth::services::s3;  // NOLINT: a test's

void check_range(const std::string& text) {
  constexpr uint64_t kSizeBytes = 1000;
  const auto range = parse_range(text, kSizeBytes);
  if (range && *range && ((*range)->size_bytes == 0 || (*range)->offset + (*range)->size_bytes > kSizeBytes))
    std::abort();
  const auto copied = parse_copy_range(text, kSizeBytes);
  if (copied && copied->offset + copied->size_bytes > kSizeBytes) std::abort();
}

// What names an access point names one whose own ARN says the same; what a function says of an object breaks
// no head.
void check_access_points(const std::string& text) {
  if (const auto id = parse_access_point_arn(text)) {
    const auto again = parse_access_point_arn(id->arn());
    if (!again || *again != *id || !may_be_access_point(text)) std::abort();
  }
  const auto label = parse_access_point_label(text, AccessPointKind::kBucket, "r");
  if (label && label->name + "-" + label->account != text) std::abort();
  const auto result = hearth::parse_json(text);
  if (!result || !result->is_object()) return;
  if (const auto answer = read_head_answer(result->get_object())) {
    for (const auto& [name, value] : answer->headers) {
      if ((name + value).find_first_of("\r\n") != std::string::npos || name.empty()) std::abort();
    }
  }
}

}  // namespace

// Everything that S3 reads of headers and queries by itself.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_range(text);
  check_range("bytes=" + text);
  check_access_points(text);
  if (const auto source = parse_copy_source(text); source && (source->bucket.empty() || source->key.empty()))
    std::abort();
  if (const auto tags = parse_tagging(text); tags && tags->size() > limits::kObjectTagsMax) std::abort();
  if (kept_encoding("aws-chunked," + text) != kept_encoding(text)) std::abort();
  for (const auto kind :
       {hearth::ChecksumKind::kCrc32, hearth::ChecksumKind::kXxHash128, hearth::ChecksumKind::kSha256}) {
    if (const auto bytes = parse_checksum({kind, text}); bytes && bytes->size() != size_bytes_of(kind))
      std::abort();
  }
  (void)parse_checksum_kind(text);
  // Nobody has sealed it.
  if (const auto opened = open_small(std::string(kBodyKeyBytes, 'k'), text); opened && !opened->empty())
    std::abort();
  (void)is_encryption_context(text);
  (void)is_encryption_context(hearth::base64_encode(text));
  // What may be a bucket's name may stand in a host's.
  if (check_bucket_name(text) &&
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") != std::string::npos) {
    std::abort();
  }
  if (url_encoded(text).find(' ') != std::string::npos) std::abort();
  // Whom one rule lets in another of the same text lets in as well; a pattern fits what it was made of.
  const CorsRules rules{
      {.allowed_headers = header_names(text), .allowed_methods = {"GET"}, .allowed_origins = {text}}};
  if (check_cors_rules(rules)) {
    const CorsRequest asked{.origin = text, .method = "GET", .headers = header_names(text)};
    if (!decide_cors(rules, asked)) std::abort();
  }
  (void)split_path(text);
  if (const auto site = bucket_of_site(text); site && site->empty()) std::abort();
  const hearth::io::Request request{.method = "GET", .target = "/b/k?AWSAccessKeyId=a&" + text};
  const auto claim = hearth::wire::sigv2::parse_claim(request);
  if (claim && *claim &&
      hearth::wire::sigv2::verify(request, **claim, "secret", "/b/k", hearth::TimePoint()) == std::nullopt &&
      (*claim)->signature.empty()) {
    std::abort();
  }
  const hearth::io::Request old{
      .method = "GET", .target = "/b/k", .headers = {{"Authorization", "AWS " + text}, {"Date", text}}};
  if (const auto header = hearth::wire::sigv2::parse_claim(old); header && *header) {
    if (!hearth::wire::sigv2::verify(old, **header, "secret", "/b/k", hearth::TimePoint())) std::abort();
  }
  return 0;
}
