// Pages of lists of queues.
#pragma once
#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "services/sqs/errors.h"

namespace hearth::services::sqs {

struct Paging {
  size_t rows_max = limits::kPageMax;
  std::string after;   // the last name of the page before
  bool paged = false;  // who sets no limit is given no token either

  static Result<Paging> of(std::optional<int32_t> rows_max, const std::optional<std::string>& token) {
    Paging paging;
    if (rows_max) {
      if (*rows_max < 1 || *rows_max > limits::kPageMax) {
        return fail(errors::invalid_value(std::to_string(*rows_max), "MaxResults",
                                          fmt::format("Must be between 1 and {}.", limits::kPageMax)));
      }
      paging.rows_max = static_cast<size_t>(*rows_max);
      paging.paged = true;
    }
    if (token && !token->empty()) {
      const auto after = base64_decode(*token);
      if (!after) return fail(errors::invalid_parameter("Invalid or expired next token."));
      paging.after = *after;
    }
    return paging;
  }

  std::optional<std::string> token_after(std::string_view name) const {
    return paged ? std::optional(base64_encode(name)) : std::nullopt;
  }
};

}  // namespace hearth::services::sqs
