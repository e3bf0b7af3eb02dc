// The files of runtimes/, carried in the binary.
#pragma once
#include <span>
#include <string_view>

namespace hearth::execution {

struct RuntimeFile {
  std::string_view path;  // "python/bootstrap.py"
  std::string_view text;
  bool is_program = false;
};

std::span<const RuntimeFile> runtime_files();
// The library that a zygote's program loads (sandbox/zygote.h).
std::string_view zygote_library();

}  // namespace hearth::execution
