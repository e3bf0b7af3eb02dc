// What callers are told of items, expressions and statements that are none.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::dynamodb::errors {

inline Error validation(std::string message) {
  return {.code = "ValidationException", .message = std::move(message)};
}
// "One or more parameter values were invalid: …"
inline Error invalid_values(std::string_view what) {
  return validation("One or more parameter values were invalid: " + std::string(what));
}

}  // namespace hearth::services::dynamodb::errors
