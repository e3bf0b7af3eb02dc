// What S3 answers, with the further elements that its clients read. Texts are the service's own.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::s3::errors {

using Extra = std::vector<std::pair<std::string, std::string>>;

inline Error no_such_bucket(std::string bucket) {
  return {.code = "NoSuchBucket",
          .message = "The specified bucket does not exist",
          .extra = {{"BucketName", std::move(bucket)}},
          .status = 404};
}
inline Error no_such_access_point(std::string name) {
  return {.code = "NoSuchAccessPoint",
          .message = "The specified accesspoint does not exist",
          .extra = {{"AccessPointName", std::move(name)}},
          .status = 404};
}
inline Error no_such_key(std::string key) {
  return {.code = "NoSuchKey",
          .message = "The specified key does not exist.",
          .extra = {{"Key", std::move(key)}},
          .status = 404};
}
inline Error no_such_version(std::string key, std::string version) {
  return {.code = "NoSuchVersion",
          .message = "The specified version does not exist.",
          .extra = {{"Key", std::move(key)}, {"VersionId", std::move(version)}},
          .status = 404};
}
inline Error no_such_upload(std::string upload) {
  return {.code = "NoSuchUpload",
          .message =
              "The specified upload does not exist. The upload ID may be invalid, or the upload may "
              "have been aborted or completed.",
          .extra = {{"UploadId", std::move(upload)}},
          .status = 404};
}
inline Error invalid_argument(std::string message, std::string name, std::string value) {
  return {.code = "InvalidArgument",
          .message = std::move(message),
          .extra = {{"ArgumentName", std::move(name)}, {"ArgumentValue", std::move(value)}},
          .status = 400};
}
// Of one whose value the service does not repeat.
inline Error invalid_argument(std::string message, std::string name) {
  return {.code = "InvalidArgument",
          .message = std::move(message),
          .extra = {{"ArgumentName", std::move(name)}},
          .status = 400};
}
inline Error invalid_request(std::string message) {
  return {.code = "InvalidRequest", .message = std::move(message), .status = 400};
}
inline Error precondition_failed(std::string condition) {
  return {.code = "PreconditionFailed",
          .message = "At least one of the pre-conditions you specified did not hold",
          .extra = {{"Condition", std::move(condition)}},
          .status = 412};
}
inline Error not_modified() {
  return {.code = "NotModified", .message = "Not Modified", .status = 304};
}
inline Error marker_not_allowed(std::string method) {
  return {.code = "MethodNotAllowed",
          .message = "The specified method is not allowed against this resource.",
          .extra = {{"Method", std::move(method)}, {"ResourceType", "DeleteMarker"}},
          .status = 405};
}
inline Error header_not_implemented(std::string header, std::string message) {
  return {.code = "NotImplemented",
          .message = "A header you provided implies functionality that is not implemented",
          .extra = {{"Header", std::move(header)}, {"additionalMessage", std::move(message)}},
          .status = 501};
}
// Settings that were never made; the code differs by setting.
inline Error no_setting(std::string_view code, std::string_view message, std::string bucket) {
  return {.code = std::string(code),
          .message = std::string(message),
          .extra = {{"BucketName", std::move(bucket)}},
          .status = 404};
}
inline Error malformed_xml() {
  return {
      .code = "MalformedXML",
      .message = "The XML you provided was not well-formed or did not validate against our published schema",
      .status = 400};
}
inline Error locked() {
  return {.code = "AccessDenied",
          .message = "Access Denied because object protected by object lock.",
          .status = 403};
}
inline Error no_lock_on_bucket() {
  return invalid_request("Bucket is missing Object Lock Configuration");
}
inline Error invalid_bucket_state(std::string message) {
  return {.code = "InvalidBucketState", .message = std::move(message), .status = 409};
}
inline Error access_denied() {
  return {.code = "AccessDenied", .message = "Access Denied", .status = 403};
}

}  // namespace hearth::services::s3::errors
