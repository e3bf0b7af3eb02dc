#include "delivery/pattern_values.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/encoding.h"
#include "base/json.h"
#include "identity/policy/glob.h"

namespace hearth::delivery {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal(std::string_view wanted, std::string_view value, bool ignore_case) {
  if (!ignore_case) return wanted == value;
  return std::ranges::equal(wanted, value, {}, {}, lower);
}

Number number_of(const json::value& value) {
  if (const auto* number = value.if_int64()) return {static_cast<double>(*number), true, *number};
  if (const auto* number = value.if_uint64()) return {static_cast<double>(*number)};
  return {value.get_double()};
}

bool holds(const ExactTest& test, const json::value& value) {
  switch (test.kind) {
    case ExactTest::Kind::kNull:
      return value.is_null();
    case ExactTest::Kind::kTrue:
      return value.is_bool() && value.get_bool();
    case ExactTest::Kind::kFalse:
      return value.is_bool() && !value.get_bool();
    case ExactTest::Kind::kString:
      return value.is_string() && std::string_view(value.get_string()) == test.text;
    case ExactTest::Kind::kNumber:
      return value.is_number() && number_of(value) == test.number;
  }
  return false;
}

bool holds(const TextTest& test, const json::value& value) {
  return value.is_string() && test.matches(value.get_string());
}

bool holds(const AnythingButTest& test, const json::value& value) {
  if (value.is_string()) {
    const std::string_view text = value.get_string();
    return std::ranges::none_of(test.texts, [&](const TextTest& one) { return one.matches(text); });
  }
  return !value.is_number() || std::ranges::find(test.numbers, number_of(value)) == test.numbers.end();
}

bool holds(const NumericTest& test, const json::value& value) {
  if (!value.is_number()) return false;
  const double number = number_of(value).value;
  return (test.low_included ? number >= test.low : number > test.low) &&
         (test.high_included ? number <= test.high : number < test.high);
}

bool holds(const CidrTest& test, const json::value& value) {
  if (!value.is_string()) return false;
  const auto address = identity::IpAddress::parse(value.get_string());
  return address && test.range.contains(*address);
}

bool holds(const ExistsTest&, const json::value&) {
  return true;
}

bool holds(const AbsentTest&, const json::value&) {
  return false;
}

}  // namespace

Number Number::parse(std::string_view text) {
  Number number;
  if (std::from_chars(text.data(), text.data() + text.size(), number.value).ec ==
      std::errc::result_out_of_range) {
    // Too small to tell from nothing, or too large to tell from each other.
    const bool tiny = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    number.value = tiny ? 0 : std::numeric_limits<double>::infinity();
    if (text.starts_with('-')) number.value = -number.value;
  }
  if (text.find_first_of(".eE") == std::string_view::npos) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number.exact);
    number.whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  }
  return number;
}

bool TextTest::matches(std::string_view value) const {
  switch (kind) {
    case Kind::kEquals:
      return equal(text, value, ignore_case);
    case Kind::kPrefix:
      return equal(text, value.substr(0, text.size()), ignore_case);
    case Kind::kSuffix:
      return value.size() >= text.size() &&
             equal(text, value.substr(value.size() - text.size()), ignore_case);
    case Kind::kWildcard:
      return identity::glob_matches(glob, value, false);
  }
  return false;
}

bool matches(const ValueTest& test, const json::value& value) {
  return std::visit([&](const auto& one) { return holds(one, value); }, test);
}

}  // namespace hearth::delivery
