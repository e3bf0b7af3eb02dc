#include "execution/runtime_files.h"

#include <array>

namespace hearth::execution {
namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr char kPythonBootstrap[] = {
#embed "../../runtimes/python/bootstrap.py"
};
constexpr char kNodeBootstrap[] = {
#embed "../../runtimes/node/bootstrap.mjs"
};
#pragma clang diagnostic pop

template <size_t N>
constexpr std::string_view text_of(const char (&bytes)[N]) {
  return {bytes, N};
}

constexpr std::array<RuntimeFile, 2> kFiles = {{
    {"python/bootstrap.py", text_of(kPythonBootstrap)},
    {"node/bootstrap.mjs", text_of(kNodeBootstrap)},
}};

}  // namespace

std::span<const RuntimeFile> runtime_files() { return kFiles; }

}  // namespace hearth::execution
