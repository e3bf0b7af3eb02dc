// Marker and MaxItems, as all of Lambda's lists have them. A marker is opaque to callers: the key of the last
// row of the page before.
#pragma once
#include <algorithm>
#include <optional>
#include <string>

#include "api/lambda.h"
#include "base/encoding.h"
#include "services/lambda/limits.h"

namespace hearth::services::lambda {

struct PageRequest {
  std::string after;  // a key of the table, empty for the first page
  size_t size = limits::kPageMax;

  static Result<PageRequest> parse(const std::optional<std::string>& marker,
                                   const std::optional<int32_t>& max_items) {
    PageRequest page;
    if (max_items) page.size = std::clamp<size_t>(static_cast<size_t>(*max_items), 1, limits::kPageMax);
    if (!marker || marker->empty()) return page;
    auto key = base64_decode(*marker);
    if (!key) return fail(api::lambda::errors::invalid_parameter_value_exception("Invalid Marker"));
    page.after = *std::move(key);
    return page;
  }

  static std::optional<std::string> marker(const std::string& next) {
    return next.empty() ? std::optional<std::string>() : base64_encode(next);
  }
};

}  // namespace hearth::services::lambda
