#include "sandbox/host_program.h"

#include <array>
#include <cstdio>

namespace hearth::sandbox {

Told ask(const std::filesystem::path& program, std::string_view arguments) {
  std::string command = "'";
  for (const char c : program.string()) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
  command.append("' ").append(arguments).append(" 2>&1 </dev/null");
  Told told;
  std::FILE* output = ::popen(command.c_str(), "re");
  if (output == nullptr) return told;
  std::array<char, 512> buffer;
  while (std::fgets(buffer.data(), buffer.size(), output) != nullptr) told.text += buffer.data();
  told.ok = ::pclose(output) == 0;
  return told;
}

}  // namespace hearth::sandbox
