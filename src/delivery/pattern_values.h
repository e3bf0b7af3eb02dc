// What an event pattern asks of one value of an event: a string, number, true, false or null. Immutable; any
// thread. Each costs at most a few comparisons a character.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "base/json_fwd.h"
#include "identity/policy/condition_values.h"

namespace hearth::delivery {

// Whole numbers are compared exactly, all others as doubles: 300, 300.0 and 3e2 are the same.
struct Number {
  double value = 0;
  bool whole = false;
  int64_t exact = 0;

  static Number parse(std::string_view text);  // REQUIRES a JSON number
  bool operator==(const Number& other) const {
    return whole && other.whole ? exact == other.exact : value == other.value;
  }
};

// The plain values; all kinds but kString and kNumber have one value each.
struct ExactTest {
  enum class Kind { kNull, kTrue, kFalse, kString, kNumber };
  Kind kind = Kind::kNull;
  std::string text = {};
  Number number = {};
};

struct TextTest {
  enum class Kind { kEquals, kPrefix, kSuffix, kWildcard };
  Kind kind = Kind::kEquals;
  bool ignore_case = false;  // of ASCII letters; `text` is in lower case then
  std::string text = {};
  std::u16string glob = {};  // of a wildcard

  bool matches(std::string_view value) const;
};

// Present, and none of these.
struct AnythingButTest {
  std::vector<TextTest> texts = {};
  std::vector<Number> numbers = {};
};

struct NumericTest {
  double low, high;
  bool low_included = true, high_included = true;
};

struct CidrTest {
  identity::IpRange range;
};

struct ExistsTest {};
// Holds when nothing stands at its path in the whole event; the matcher sees to that.
struct AbsentTest {};

using ValueTest =
    std::variant<ExactTest, TextTest, AnythingButTest, NumericTest, CidrTest, ExistsTest, AbsentTest>;

// REQUIRES a value that is neither an object nor an array.
bool matches(const ValueTest& test, const boost::json::value& value);

}  // namespace hearth::delivery
