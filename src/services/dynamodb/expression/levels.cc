#include "services/dynamodb/expression/levels.h"

#include <algorithm>

#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb {
namespace {

// The value is one of them if it is a list or a map.
size_t levels_of(const Value& value) {
  size_t inner = 0;
  if (value.is(Type::kList)) {
    for (const Value& element : value.list()) inner = std::max(inner, levels_of(element));
    return inner + 1;
  }
  if (value.is(Type::kMap)) {
    for (const auto& [name, member] : value.map()) inner = std::max(inner, levels_of(member));
    return inner + 1;
  }
  return 0;
}

}  // namespace

Status check_levels(const Value& value, size_t around) {
  if (around + levels_of(value) <= kLevelsMax) return {};
  return fail(errors::validation(std::string(kTooDeep)));
}

}  // namespace hearth::services::dynamodb
