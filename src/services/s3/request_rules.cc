#include "services/s3/request_rules.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "services/s3/errors.h"
#include "wire/operation.h"
#include "wire/uri_template.h"

namespace hearth::services::s3 {
namespace {

// The bytes of an object come with their length, or in chunks of the service's own, whose length is
// announced.
Status check_length(const io::Request& request) {
  const io::Headers& headers = request.headers;
  if (headers.has("content-length") || headers.has("x-amz-decoded-content-length")) return {};
  if (headers.has("transfer-encoding")) {
    return fail(Error{.code = "NotImplemented",
                      .message = "A header you provided implies functionality that is not implemented",
                      .extra = {{"Header", "Transfer-Encoding"}},
                      .status = 501});
  }
  return fail(Error{.code = "MissingContentLength",
                    .message = "You must provide the Content-Length HTTP header.",
                    .status = 411});
}

Status check_digest(const io::Request& request) {
  const bool given = std::ranges::any_of(request.headers, [](const auto& header) {
    const std::string name = to_lower(header.first);
    const bool behind = name == "x-amz-trailer" && to_lower(header.second).starts_with("x-amz-checksum-");
    return behind || name == "content-md5" || name.starts_with("x-amz-checksum-");
  });
  if (given) return {};
  return fail(
      errors::invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*"));
}

// How an object is encrypted is said by who writes it, of parts by who begins the upload.
Status check_no_encryption(const io::Request& request) {
  constexpr const char* kHeader = "x-amz-server-side-encryption";
  const std::string* value = request.headers.find(kHeader);
  if (!value) return {};
  return fail(errors::invalid_argument(
      "x-amz-server-side-encryption header is not supported for this operation.", kHeader, *value));
}

// Versions are made, not chosen; and a part that is of no upload is no object.
Status check_parameters(const io::Request& request) {
  for (const auto& [name, value] : wire::parse_query(request.raw_query(), false)) {
    if (name == "versionId") {
      return fail(errors::invalid_argument("This operation does not accept a version-id.", name, value));
    }
    if (name == "partNumber") {
      return fail(errors::invalid_argument("This operation does not accept partNumber without uploadId", name,
                                           value));
    }
    if (name == "uploadId") {
      return fail(errors::invalid_argument("This operation does not accept uploadId without partNumber", name,
                                           value));
    }
  }
  return {};
}

// A link that names a source as a parameter was taken for one that brings bytes.
Status check_no_source(const io::Request& request) {
  if (!request.headers.has("x-amz-copy-source")) return {};
  return fail(errors::header_not_implemented("x-amz-copy-source",
                                             "A link names what is copied in a header of its own."));
}

}  // namespace

Status check_request(const wire::Call& call) {
  if (!call.request || !call.operation) return {};
  const io::Request& request = *call.request;
  const auto is_one_of = [&call](auto... names) { return ((call.operation->name == names) || ...); };
  const bool form = request.method == "POST";  // which makes an object as well
  if (!form && is_one_of("PutObject", "CopyObject")) TRY_SYNC_VOID(check_parameters(request));
  if (!form && is_one_of("PutObject", "UploadPart")) {
    TRY_SYNC_VOID(check_length(request));
    TRY_SYNC_VOID(check_no_source(request));
  }
  if (is_one_of("GetObject", "HeadObject", "UploadPart")) TRY_SYNC_VOID(check_no_encryption(request));
  if (is_one_of("DeleteObjects", "PutBucketCors", "PutBucketLifecycleConfiguration", "PutObjectLegalHold",
                "PutObjectRetention", "PutObjectLockConfiguration")) {
    TRY_SYNC_VOID(check_digest(request));
  }
  return {};
}

}  // namespace hearth::services::s3
