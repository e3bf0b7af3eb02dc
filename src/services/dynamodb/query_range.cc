#include "services/dynamodb/query_range.h"

namespace hearth::services::dynamodb {
namespace {

// Behind everything that begins so.
std::string behind_prefix(std::string bytes) {
  while (!bytes.empty() && bytes.back() == '\xff') bytes.pop_back();
  if (!bytes.empty()) bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) + 1);
  return bytes;
}

// Everything whose next range key is exactly this, and what follows behind that.
store::KeyRange at_value(const store::Key& under, const Value& value) {
  const store::Key place = under + range_part(value);
  return {.begin = place.bytes(), .end = place.under().end};
}

// A value's bytes as they stand in a key, without the mark of their end: what begins with the value begins
// so.
std::string beginning(const store::Key& under, const Value& value) {
  std::string bytes = (under + range_part(value)).bytes();
  bytes.pop_back();
  return bytes;
}

}  // namespace

store::KeyRange query_range(uint64_t number, const KeyBounds& bounds) {
  using Comparison = KeyBounds::Comparison;
  store::Key under = partition_key(number, bounds.hash);
  for (const Value& value : bounds.range) under = std::move(under) + range_part(value);
  // A key without range attributes is the whole of it.
  store::KeyRange range{.begin = under.bytes(), .end = under.under().end};
  const auto at = [&](size_t operand) { return at_value(under, bounds.operands[operand]); };
  switch (bounds.comparison) {
    case Comparison::kAny:
      break;
    case Comparison::kLess:
      range.end = at(0).begin;
      break;
    case Comparison::kLessEqual:
      range.end = at(0).end;
      break;
    case Comparison::kGreater:
      range.begin = at(0).end;
      break;
    case Comparison::kGreaterEqual:
      range.begin = at(0).begin;
      break;
    case Comparison::kBetween:
      range = {.begin = at(0).begin, .end = at(1).end};
      break;
    case Comparison::kBeginsWith:
      range.begin = beginning(under, bounds.operands[0]);
      range.end = behind_prefix(range.begin);
      break;
  }
  return range;
}

}  // namespace hearth::services::dynamodb
