// Lays directories over another, as an overlay would show them, without a mount.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth::services::lambda {

// Into `target`, which exists, is empty and lies on the file system of the sources. Files are linked, not
// copied. Of what several sources have at one path the last one's is taken; directories are united. Nothing
// is written outside of `target`, whatever links the sources hold. Code: "IoError".
Status merge_directories(const std::vector<std::string>& sources, const std::string& target);

}  // namespace hearth::services::lambda
