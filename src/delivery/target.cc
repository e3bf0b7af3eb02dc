#include "delivery/target.h"

namespace hearth::delivery {

Error target_error(std::string_view code, std::string message) {
  return {.code = std::string(code), .message = std::move(message)};
}

bool is_final(const Error& error) {
  return error.code == kTargetMissing || error.code == kTargetDenied || error.code == kTargetRefused;
}

std::string_view service_of(std::string_view arn) {
  if (!arn.starts_with("arn:")) return {};
  for (int i = 0; i < 2; ++i) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return arn.substr(0, arn.find(':'));
}

Target* Targets::find(std::string_view arn) const {
  const auto found = by_service_.find(service_of(arn));
  return found == by_service_.end() ? nullptr : found->second;
}

}  // namespace hearth::delivery
