// Errors of this layer: what was tried and what the kernel said. One code, as no caller reacts differently.
#pragma once
#include <cerrno>
#include <cstring>
#include <string>

#include "base/result.h"

namespace hearth::sandbox {

inline std::unexpected<Error> failed(std::string what) {
  return fail("SandboxFailed", std::move(what));
}

// `step` reads like "mount /proc"; `number` is an errno.
inline std::unexpected<Error> failed_step(std::string step, int number = errno) {
  return failed(std::move(step) + ": " + std::strerror(number));
}

}  // namespace hearth::sandbox
