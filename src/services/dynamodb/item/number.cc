#include "services/dynamodb/item/number.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "services/dynamodb/item/validation.h"

namespace hearth::services::dynamodb {

namespace {

using Coefficient = unsigned __int128;

constexpr const char* kOverflow =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
constexpr const char* kUnderflow =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";
constexpr const char* kTooManyDigits = "Attempting to store more than 38 significant digits in a Number";

std::unexpected<Error> not_a_number(std::string_view text) {
  std::string message = "The parameter cannot be converted to a numeric value";
  if (!text.empty()) message.append(": ").append(text);
  return fail(errors::validation(std::move(message)));
}

int digits_of(Coefficient value) {
  int digits = 0;
  for (; value != 0; value /= 10) ++digits;
  return digits;
}

std::string decimal(Coefficient value) {
  std::string text;
  for (; value != 0; value /= 10) text += static_cast<char>('0' + static_cast<int>(value % 10));
  std::ranges::reverse(text);
  return text;
}

Coefficient scaled(Coefficient value, int by) {
  for (; by > 0; --by) value *= 10;
  return value;
}

// A text taken apart: the digits without the point, and how many of them stand behind it.
struct Spelling {
  bool negative = false;
  std::string digits = {};
  int64_t exponent = 0;
};

std::optional<Spelling> spelling_of(std::string_view text) {
  Spelling found;
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) found.negative = text[at++] == '-';
  for (; at < text.size() && is_digit(text[at]); ++at) found.digits += text[at];
  if (at < text.size() && text[at] == '.') {
    const size_t point = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at) found.digits += text[at];
    found.exponent -= static_cast<int64_t>(at - point);
  }
  if (found.digits.empty()) return {};
  if (at == text.size()) return found;
  if (text[at] != 'e' && text[at] != 'E') return {};
  ++at;
  if (at < text.size() && text[at] == '+' && at + 1 < text.size() && is_digit(text[at + 1])) ++at;
  // Far out of range in either direction is as good as the true exponent.
  constexpr size_t kExponentDigitsMax = 9;
  int64_t exponent = 0;
  const bool below = at < text.size() && text[at] == '-';
  if (below) ++at;
  std::string_view rest = text.substr(at);
  if (rest.empty() || !std::ranges::all_of(rest, is_digit)) return {};
  rest.remove_prefix(std::min(rest.find_first_not_of('0'), rest.size()));
  if (rest.size() > kExponentDigitsMax) rest = "999999999";
  std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
  found.exponent += below ? -exponent : exponent;
  return found;
}

}  // namespace

Number::Number(int64_t value) {
  const bool negative = value < 0;
  const auto magnitude = static_cast<Coefficient>(negative ? -static_cast<__int128>(value) : value);
  *this = normal(negative, magnitude, 0);
}

Number Number::normal(bool negative, Coefficient coefficient, int exponent) {
  Number number;
  if (coefficient == 0) return number;
  for (; coefficient % 10 == 0; coefficient /= 10) ++exponent;
  number.negative_ = negative;
  number.coefficient_ = coefficient;
  number.exponent_ = exponent;
  return number;
}

Result<Number> Number::parse(std::string_view text) {
  auto spelling = spelling_of(text);
  if (!spelling) return not_a_number(text);
  std::string_view digits = spelling->digits;
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return Number();
  const size_t zeros = digits.size() - 1 - digits.find_last_not_of('0');
  digits.remove_suffix(zeros);
  const int64_t exponent = spelling->exponent + static_cast<int64_t>(zeros);
  if (digits.size() > kDigitsMax) return fail(errors::validation(kTooManyDigits));
  const int64_t first = exponent + static_cast<int64_t>(digits.size()) - 1;
  if (first > kExponentMax) return fail(errors::validation(kOverflow));
  if (first < kExponentMin) return fail(errors::validation(kUnderflow));
  Coefficient coefficient = 0;
  for (const char digit : digits) coefficient = coefficient * 10 + static_cast<Coefficient>(digit - '0');
  return normal(spelling->negative, coefficient, static_cast<int>(exponent));
}

int Number::digits() const {
  return digits_of(coefficient_);
}

std::string Number::text() const {
  if (coefficient_ == 0) return "0";
  const std::string digits = decimal(coefficient_);
  std::string text = negative_ ? "-" : "";
  if (exponent_ >= 0) return text.append(digits).append(static_cast<size_t>(exponent_), '0');
  const auto behind = static_cast<size_t>(-exponent_);
  if (behind < digits.size()) {
    return text.append(digits, 0, digits.size() - behind).append(".").append(digits, digits.size() - behind);
  }
  return text.append("0.").append(behind - digits.size(), '0').append(digits);
}

Result<Number> Number::checked(bool negative, Coefficient coefficient, int exponent) {
  const Number number = normal(negative, coefficient, exponent);
  if (number == Number()) return number;
  // What needs more digits is told as an overflow too.
  if (number.digits() > kDigitsMax || number.first_exponent() > kExponentMax)
    return fail(errors::validation(kOverflow));
  if (number.first_exponent() < kExponentMin) return fail(errors::validation(kUnderflow));
  return number;
}

Result<Number> Number::plus(const Number& other) const {
  if (coefficient_ == 0) return other;
  if (other.coefficient_ == 0) return *this;
  const Number& high = exponent_ >= other.exponent_ ? *this : other;
  const Number& low = exponent_ >= other.exponent_ ? other : *this;
  const int shift = high.exponent_ - low.exponent_;
  // The result ends in the lower number's last digit, which is no zero. So it has too many digits when the
  // higher one begins at the 39th before that, unless what is taken away from it makes it shorter.
  const bool taken_away = high.negative_ != low.negative_;
  if (high.digits() + shift > kDigitsMax + (taken_away ? 1 : 0)) return fail(errors::validation(kOverflow));
  Coefficient a = scaled(high.coefficient_, std::max(0, shift - 1));
  if (shift > 0) {
    if (a > ~Coefficient{0} / 10) return fail(errors::validation(kOverflow));
    a *= 10;
  }
  const Coefficient b = low.coefficient_;
  if (!taken_away) return checked(high.negative_, a + b, low.exponent_);
  if (a >= b) return checked(high.negative_, a - b, low.exponent_);
  return checked(low.negative_, b - a, low.exponent_);
}

Result<Number> Number::minus(const Number& other) const {
  Number negated = other;
  negated.negative_ = !other.negative_ && other.coefficient_ != 0;
  return plus(negated);
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  const auto sign = [](const Number& number) {
    return number.coefficient_ == 0 ? 0 : number.negative_ ? -1 : 1;
  };
  if (const auto by_sign = sign(*this) <=> sign(other); by_sign != 0 || coefficient_ == 0) return by_sign;
  const Number& greater = negative_ ? other : *this;
  const Number& lesser = negative_ ? *this : other;
  if (const auto by_size = greater.first_exponent() <=> lesser.first_exponent(); by_size != 0) return by_size;
  const int shift = greater.exponent_ - lesser.exponent_;
  return scaled(greater.coefficient_, std::max(0, shift)) <=>
         scaled(lesser.coefficient_, std::max(0, -shift));
}

namespace {

// The number as 0.d1d2d3… * 100^k, with pairs of digits.
struct Pairs {
  int k = 0;
  std::string values = {};  // 0 to 99 each
};

Pairs pairs_of(Coefficient coefficient, int exponent) {
  std::string digits = decimal(coefficient);
  const int above = exponent + static_cast<int>(digits.size());  // digits before the point
  const bool odd = above % 2 != 0;
  if (odd) digits.insert(digits.begin(), '0');
  if (digits.size() % 2 != 0) digits += '0';
  Pairs pairs{.k = (above + (odd ? 1 : 0)) / 2};
  for (size_t at = 0; at < digits.size(); at += 2) {
    pairs.values += static_cast<char>((digits[at] - '0') * 10 + (digits[at + 1] - '0'));
  }
  return pairs;
}

constexpr int kPairExponentBias = 64;
constexpr unsigned char kZeroMark = 0x80;
constexpr char kPositiveEnd = 0x00;
constexpr char kNegativeEnd = 0x66;
constexpr int kPairsBase = 100;

}  // namespace

size_t Number::size_bytes() const {
  if (coefficient_ == 0) return 1;
  return 1 + pairs_of(coefficient_, exponent_).values.size() + (negative_ ? 1 : 0);
}

std::string Number::hashed_bytes() const {
  if (coefficient_ == 0) return std::string(1, static_cast<char>(kZeroMark));
  const Pairs pairs = pairs_of(coefficient_, exponent_);
  const int head = kZeroMark + pairs.k + kPairExponentBias;
  // 0x80 and up for positive numbers, and for negative ones the complement.
  std::string bytes(1, static_cast<char>(negative_ ? ~head : head));
  for (const char pair : pairs.values) {
    bytes += static_cast<char>(negative_ ? kPairsBase - pair : pair + 1);
  }
  return bytes;
}

std::string Number::ordered_bytes() const {
  if (coefficient_ == 0) return std::string{static_cast<char>(kZeroMark), kPositiveEnd};
  return hashed_bytes() + (negative_ ? kNegativeEnd : kPositiveEnd);
}

}  // namespace hearth::services::dynamodb
