// Members as overlays name them.
#pragma once
#include <string_view>

#include "base/json.h"

namespace hearth::wire {

// "Retention.Mode": a member, or one of a member; null when there is none.
inline const json::value* member_at(const json::object& input, std::string_view path) {
  const size_t dot = path.find('.');
  const json::value* value = input.if_contains(path.substr(0, dot));
  if (dot == std::string_view::npos || !value) return value;
  const json::object* inner = value->if_object();
  return inner ? member_at(*inner, path.substr(dot + 1)) : nullptr;
}

}  // namespace hearth::wire
