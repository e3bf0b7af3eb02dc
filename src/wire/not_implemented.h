// The answer to what a service of AWS would do and Hearth does not: said by name, never done halfway.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::wire {

inline Error not_implemented(std::string_view what) {
  return {.code = "NotImplemented",
          .message = "Hearth does not implement " + std::string(what) + " yet",
          .status = 501};
}

// For parameters: fine when absent.
template <typename Optional>
Status refuse_given(const Optional& parameter, std::string_view what) {
  return parameter ? fail(not_implemented(what)) : Status();
}

}  // namespace hearth::wire
