// maxResults and nextToken, as all of Signer's lists have them. A token is the key of the last row of the
// page before.
#pragma once
#include <optional>
#include <string>

#include "api/signer.h"
#include "base/encoding.h"

namespace hearth::services::signer {

struct PageRequest {
  std::string after;  // empty for the first page
  size_t size = 25;

  static Result<PageRequest> parse(const std::optional<std::string>& token,
                                   const std::optional<int32_t>& size) {
    PageRequest page;
    if (size) page.size = static_cast<size_t>(*size);
    if (!token || token->empty()) return page;
    auto key = base64_decode(*token);
    if (!key) return fail(api::signer::errors::validation_exception("The nextToken is not valid"));
    page.after = *std::move(key);
    return page;
  }
  static std::optional<std::string> token(const std::string& next) {
    return next.empty() ? std::optional<std::string>() : base64_encode(next);
  }
};

}  // namespace hearth::services::signer
