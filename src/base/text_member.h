// The member of an object where it is a text, and an empty one where it is none or absent.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"

namespace hearth {

inline std::string text_member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace hearth
