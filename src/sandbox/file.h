// Small files of the kernel (/proc, control groups), read and written whole.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::sandbox {

std::string read_file(const std::string& path);  // empty when it cannot be read
// One write, to a file that exists. The error names the path.
Status write_file(const std::string& path, std::string_view text);

}  // namespace hearth::sandbox
