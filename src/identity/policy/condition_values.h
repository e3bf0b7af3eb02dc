// The values that conditions compare, read from their text forms: exact decimal numbers, points in time,
// address ranges. Nothing is returned for a text that is none.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::identity {

// Exact: never rounded to a binary fraction. Up to 64 significant digits and exponents of four digits.
class Decimal {
 public:
  static std::optional<Decimal> parse(std::string_view text);

  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const = default;

 private:
  bool negative_ = false;
  // 0.<digits> times ten to this; of zero, which has no digits, 0.
  int64_t exponent_ = 0;
  std::string digits_;  // neither leading nor trailing zeros
};

// To the nanosecond. ISO 8601 as far as years, months, days, times and offsets go ("2026-01-31T12:34:56Z",
// "2026-01-31", "2026-01-31T12:34+02:00"; UTC where no offset is given), or seconds since 1970.
struct Instant {
  int64_t seconds = 0;
  int32_t nanoseconds = 0;

  static std::optional<Instant> parse(std::string_view text);
  auto operator<=>(const Instant&) const = default;
};

// An IPv4 address and the IPv6 address that maps it are the same.
struct IpAddress {
  bool v6 = false;
  std::array<uint8_t, 16> bytes = {};  // of v4 the first four

  static std::optional<IpAddress> parse(std::string_view text);
};

class IpRange {
 public:
  // "192.0.2.0/24", "2001:db8::/32"; an address alone is a range of one.
  static std::optional<IpRange> parse(std::string_view text);
  bool contains(const IpAddress& address) const;

 private:
  IpAddress network_;
  uint32_t prefix_bits_ = 0;
};

}  // namespace hearth::identity
