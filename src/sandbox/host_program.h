// What a program of the host says about itself or about the host when it is asked, as `python3 --version`.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace hearth::sandbox {

struct Told {
  std::string text;  // both of its outputs
  bool ok = false;   // it ran and ended with 0
};

// Waits for the program's end. `arguments` are words for the shell.
Told ask(const std::filesystem::path& program, std::string_view arguments);

}  // namespace hearth::sandbox
