// Marks in a layer of what it deletes from those below: ".wh.x" deletes x beside it, ".wh..wh..opq" all there
// was in its directory.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::oci {

inline constexpr std::string_view kWhiteoutPrefix = ".wh.";
inline constexpr std::string_view kOpaqueMark = ".wh..wh..opq";

inline bool is_whiteout(std::string_view name) {
  return name.starts_with(kWhiteoutPrefix);
}
// What the mark deletes; empty for marks that delete nothing by name.
inline std::string_view whited_out(std::string_view mark) {
  const std::string_view name = mark.substr(kWhiteoutPrefix.size());
  return name.starts_with(kWhiteoutPrefix) ? std::string_view() : name;
}

// That the names on a path are marks at its end alone, and that the mark deletes something. Code
// "LayerInvalid".
inline Status check_whiteouts(const std::vector<std::string>& path) {
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    if (is_whiteout(path[i])) return fail("LayerInvalid", "a whiteout has entries below it");
  }
  std::string_view name = path.back();
  if (is_whiteout(name)) name.remove_prefix(kWhiteoutPrefix.size());
  if (name.empty() || name == "." || name == "..") return fail("LayerInvalid", "a whiteout names nothing");
  return {};
}

}  // namespace hearth::oci
