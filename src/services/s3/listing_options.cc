#include "services/s3/listing_options.h"

#include <algorithm>

#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/names.h"

namespace hearth::services::s3 {

std::string ListOptions::common_prefix(const std::string& key) const {
  if (delimiter.empty()) return {};
  const size_t at = key.find(delimiter, prefix.size());
  return at == std::string::npos ? std::string() : key.substr(0, at + delimiter.size());
}

Result<size_t> entries_max_of(std::optional<int32_t> given, std::string_view parameter) {
  if (given && *given < 0) {
    // One of them has another name here.
    const std::string name(parameter == "max-keys" ? "maxKeys" : parameter);
    return fail(errors::invalid_argument("Argument " + name + " must be an integer between 0 and 2147483647",
                                         name, std::to_string(*given)));
  }
  return static_cast<size_t>(std::min(given.value_or(limits::kPageMax), limits::kPageMax));
}

Result<Shown> Shown::from(const std::optional<std::string>& encoding_type) {
  Shown shown;
  if (!encoding_type) return shown;
  if (*encoding_type != "url") {
    return fail(errors::invalid_argument("Invalid Encoding Method specified in Request", "encoding-type",
                                         *encoding_type));
  }
  shown.encodes_ = true;
  return shown;
}

std::string Shown::text(const std::string& key) const {
  return encodes_ ? url_encoded(key) : key;
}

}  // namespace hearth::services::s3
