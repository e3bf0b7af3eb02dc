#include "services/lambda/image_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/lambda.h"
#include "base/log.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

bool of_the_store(const Error& error) {
  return error.code == "StoreIo" || error.code == "IoError";
}

}  // namespace

Error told(const Error& error, const std::string& uri) {
  if (error.code == "StoreFull") return error;  // as all services tell it
  const std::string why = error.message.empty() ? "" : " Reason: " + error.message;
  if (error.code == "ImageNotFound")
    return errors::invalid_parameter_value_exception(
        fmt::format("Source image {} does not exist. Provide a valid source image.{}", uri, why));
  if (error.code == "ImageDenied") {
    return errors::invalid_parameter_value_exception(
        "Lambda does not have permission to access the ECR image. Check the ECR permissions." + why);
  }
  if (error.code == "ManifestUnsupported") {
    return errors::invalid_parameter_value_exception(fmt::format(
        "The image manifest, config or layer media type for the source image {} is not supported.{}", uri,
        why));
  }
  if (of_the_store(error)) {
    log::error("the image {} could not be kept: {}", uri, error.message);
    return errors::service_exception("The image could not be stored: " + error.message);
  }
  if (may_pass(error))
    return errors::service_exception(fmt::format("Source image {} could not be read.{}", uri, why));
  return errors::invalid_parameter_value_exception(
      fmt::format("Source image {} is not valid. Provide a valid source image.{}", uri, why));
}

std::string reason_code(const Error& error) {
  if (error.code == "ImageNotFound") return "ImageDeleted";
  if (error.code == "ImageDenied") return "ImageAccessDenied";
  return may_pass(error) ? "InternalError" : "InvalidImage";
}

bool may_pass(const Error& error) {
  // Beside what sources and the store say, what the bytes of a registry may end in.
  constexpr std::array<std::string_view, 8> kCodes = {"ImageUnavailable", "StoreFull", "StoreIo",
                                                      "IoError",          "Timeout",   "TlsError",
                                                      "TruncatedBody",    "BadChunk"};
  return std::ranges::find(kCodes, error.code) != kCodes.end();
}

}  // namespace hearth::services::lambda
