// Number: a decimal of up to 38 significant digits, zero or of a magnitude from 1E-130 to 9.99…E+125. Equal
// by value: 1000 and 1e3 are one number.
#pragma once
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::dynamodb {

class Number {
 public:
  static constexpr int kDigitsMax = 38;
  static constexpr int kExponentMax = 125;  // of the first digit
  static constexpr int kExponentMin = -130;

  Number() = default;  // zero
  explicit Number(int64_t value);

  // Any spelling of a decimal (`007`, `+3`, `.5`, `1.0e3`). "ValidationException" with the service's text for
  // what is none, has too many digits, or is out of range.
  static Result<Number> parse(std::string_view text);
  // The one spelling that numbers are answered and kept in: plain, without an exponent.
  std::string text() const;

  // "ValidationException": the exact result is out of range or needs more than 38 digits.
  Result<Number> plus(const Number& other) const;
  Result<Number> minus(const Number& other) const;

  std::strong_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const = default;

  // As the service counts them for capacity and the limit of an item's size.
  size_t size_bytes() const;
  // Bytes whose order is that of the numbers; none is the beginning of another's.
  std::string ordered_bytes() const;
  // The same without the mark at the end: what a partition key's hash is made of.
  std::string hashed_bytes() const;

 private:
  using Coefficient = unsigned __int128;

  // Takes zeros off the end of the coefficient.
  static Number normal(bool negative, Coefficient coefficient, int exponent);
  static Result<Number> checked(bool negative, Coefficient coefficient, int exponent);
  int digits() const;
  int first_exponent() const { return exponent_ + digits() - 1; }

  // (-1)^negative * coefficient * 10^exponent; the coefficient does not end in a zero, and zero is all zeros.
  bool negative_ = false;
  Coefficient coefficient_ = 0;
  int exponent_ = 0;
};

}  // namespace hearth::services::dynamodb
