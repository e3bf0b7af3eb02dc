// Lays a ZIP archive out as a directory.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::lambda {

struct UnzipLimits {
  uint64_t bytes_max = 0;
  uint64_t entries_max = 0;
};

// Into `directory`, which exists and is empty. Nothing is written outside of it whatever the archive says.
// Everybody may read what is in it, as the function runs as another user. Gives the bytes unpacked. Codes:
// "NotAnArchive", "Empty", "TooLarge", "IoError".
Result<uint64_t> unzip(std::string_view archive, const std::string& directory, UnzipLimits limits);

}  // namespace hearth::services::lambda
