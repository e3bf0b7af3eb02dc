#include "services/ecr/registry_errors.h"

#include <algorithm>

#include "base/json.h"
#include "base/log.h"

namespace hearth::services::ecr {
namespace {

struct Meaning {
  std::string_view code;  // of the service
  int status = 0;
  std::string_view registry_code;
};

constexpr Meaning kMeanings[] = {
    {"RepositoryNotFoundException", 404, "NAME_UNKNOWN"},
    {"ImageNotFoundException", 404, "MANIFEST_UNKNOWN"},
    {"LayersNotFoundException", 404, "BLOB_UNKNOWN"},
    {"ReferencedImagesNotFoundException", 404, "MANIFEST_UNKNOWN"},
    {"InvalidParameterException", 400, "MANIFEST_INVALID"},
    {"ImageTagAlreadyExistsException", 400, "TAG_INVALID"},
    {"UploadNotFoundException", 404, "BLOB_UPLOAD_UNKNOWN"},
    {"InvalidLayerException", 400, "DIGEST_INVALID"},
    {"InvalidLayerPartException", 416, "BLOB_UPLOAD_INVALID"},
    {"EmptyUploadException", 400, "BLOB_UPLOAD_INVALID"},
    {"LimitExceededException", 413, "SIZE_INVALID"},
    {"AccessDeniedException", 403, "DENIED"},
    {"NotImplemented", 501, "UNSUPPORTED"},
    // What arrived of a body.
    {"TruncatedBody", 400, "BLOB_UPLOAD_INVALID"},
    {"BadChunk", 400, "BLOB_UPLOAD_INVALID"},
    {"Timeout", 408, "BLOB_UPLOAD_INVALID"},
    {"StoreFull", 507, "UNKNOWN"},
    {"StoreBusy", 503, "TOOMANYREQUESTS"},
};

}  // namespace

Error registry_error(int status, std::string code, std::string message) {
  return {.code = std::move(code), .message = std::move(message), .status = status};
}

io::Response refusal(const Error& error) {
  const auto found = std::ranges::find(kMeanings, error.code, &Meaning::code);
  int status = error.status;
  std::string code = error.code, message = error.message;
  if (found != std::end(kMeanings)) {
    status = found->status;
    code = found->registry_code;
  } else if (status == 0) {
    log::error("the registry: {}: {}", error.code, error.message);
    status = 500;
    code = "UNKNOWN";
    message = "An internal error occurred.";
  }
  const json::object one{{"code", code}, {"message", message}};
  return {.status = status,
          .headers = {{"Content-Type", "application/json; charset=utf-8"}},
          .body = to_text(json::object{{"errors", json::array{one}}})};
}

}  // namespace hearth::services::ecr
