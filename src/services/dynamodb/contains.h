// std::ranges::contains, which the library does not have yet.
#pragma once
#include <algorithm>
#include <functional>

namespace hearth::services::dynamodb {

template <typename Range, typename Value, typename Projection = std::identity>
bool contains(const Range& range, const Value& value, Projection projection = {}) {
  return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

}  // namespace hearth::services::dynamodb
