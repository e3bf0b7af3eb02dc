// KeyCondition: which part of a table or an index a Query reads. It is read in two stages, because requests
// are refused for what is wrong with the condition alone before anybody looks whether there is such a table.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/dynamodb/expression/parser.h"
#include "services/dynamodb/item/key_schema.h"

namespace hearth::services::dynamodb {

// The items that a Query reads: those with all of these values, and the next range attribute in these bounds.
struct KeyBounds {
  enum class Comparison : uint8_t { kAny, kLess, kLessEqual, kGreater, kGreaterEqual, kBetween, kBeginsWith };

  // One of each hash attribute, in the schema's order.
  std::vector<Value> hash;
  // Of the first range attributes, in the schema's order.
  std::vector<Value> range;
  // Of the range attribute behind those.
  Comparison comparison = Comparison::kAny;
  // Two for kBetween, none for kAny, else one.
  std::vector<Value> operands;
};

class KeyCondition {
 public:
  enum class Comparison : uint8_t {
    kEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kBetween,
    kBeginsWith
  };
  struct Part {
    Comparison comparison;
    // Two for kBetween, else one.
    std::vector<Value> operands;
  };
  // By attribute.
  using Parts = std::map<std::string, Part, std::less<>>;

  // A KeyConditionExpression. "ValidationException": see parser.h, then what no condition on keys may hold.
  static Result<KeyCondition> parse(std::string_view text, Placeholders& placeholders);
  explicit KeyCondition(Parts parts) : parts_(std::move(parts)) {}

  // "ValidationException": the condition does not fit the schema.
  Result<KeyBounds> bounds(const KeySchema& schema) const;

 private:
  Status check(const KeySchema& schema) const;
  const Part* find(const KeyAttribute& attribute) const;

  Parts parts_;
};

}  // namespace hearth::services::dynamodb
