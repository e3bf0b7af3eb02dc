// Small files: those of the kernel (/proc, control groups), read and written whole, and those that furnish a
// sandbox's root.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::sandbox {

std::string read_file(const std::string& path);  // empty when it cannot be read
// One write, to a file that exists. The error names the path.
Status write_file(const std::string& path, std::string_view text);

// It and all directories on the way to it belong to root and are writable for nobody else.
bool only_root_can_change(const std::string& path);

// With its parents; one that is there, or a link to one, is fine.
Status make_directory(const std::string& path);
// A new file, in the place of an old one.
Status make_file(const std::string& path, std::string_view text);

}  // namespace hearth::sandbox
