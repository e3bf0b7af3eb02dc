#include "identity/policy/condition_values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/ascii.h"

namespace hearth::identity {
namespace {

constexpr size_t kDigitsMax = 64;
constexpr size_t kNumberLengthMax = 256;
constexpr int kExponentMax = 9999;
constexpr int64_t kDaySeconds = 86'400;

// A text read from its front.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }

  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool take_any(std::string_view choices) {
    return std::ranges::any_of(choices, [&](char c) { return take(c); });
  }

  std::string_view digits() {
    const auto end = std::ranges::find_if_not(text_, is_digit);
    const auto taken = text_.substr(0, static_cast<size_t>(end - text_.begin()));
    text_.remove_prefix(taken.size());
    return taken;
  }

  // Of so many digits, between the bounds.
  std::optional<int64_t> number(size_t length, int64_t least, int64_t most) {
    const std::string_view taken = text_.substr(0, length);
    if (taken.size() != length || !std::ranges::all_of(taken, is_digit)) return std::nullopt;
    text_.remove_prefix(length);
    int64_t value = 0;
    for (const char c : taken) value = 10 * value + (c - '0');
    if (value < least || value > most) return std::nullopt;
    return value;
  }

 private:
  std::string_view text_;
};

// Days since 1970-01-01 of the Gregorian calendar; years begin in March, so that leap days come last.
int64_t days_since_epoch(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

int64_t days_in(int64_t year, int64_t month) {
  constexpr std::array<int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

std::optional<int32_t> fraction(Cursor& text) {
  const std::string_view digits = text.digits();
  if (digits.empty() || digits.size() > kDigitsMax) return std::nullopt;
  int32_t nanoseconds = 0;
  for (size_t i = 0; i < 9; ++i) nanoseconds = 10 * nanoseconds + (i < digits.size() ? digits[i] - '0' : 0);
  return nanoseconds;
}

std::optional<Instant> parse_epoch(std::string_view text) {
  Cursor cursor(text);
  const std::string_view digits = cursor.digits();
  if (digits.empty()) return std::nullopt;
  Instant instant;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), instant.seconds).ec != std::errc())
    return std::nullopt;
  if (cursor.take('.')) {
    const auto nanoseconds = fraction(cursor);
    if (!nanoseconds) return std::nullopt;
    instant.nanoseconds = *nanoseconds;
  }
  if (!cursor.done()) return std::nullopt;
  return instant;
}

std::optional<int64_t> parse_days(Cursor& text) {
  const auto year = text.number(4, 0, 9999);
  if (!year) return std::nullopt;
  int64_t month = 1, day = 1;
  if (text.take('-')) {
    const auto number = text.number(2, 1, 12);
    if (!number) return std::nullopt;
    month = *number;
    if (text.take('-')) {
      const auto of_month = text.number(2, 1, days_in(*year, month));
      if (!of_month) return std::nullopt;
      day = *of_month;
    }
  }
  return days_since_epoch(*year, month, day);
}

// Behind the T, with the offset.
bool parse_time(Cursor& text, Instant& instant) {
  const auto hour = text.number(2, 0, 23);
  if (!hour) return false;
  int64_t minute = 0, second = 0;
  if (text.take(':')) {
    const auto number = text.number(2, 0, 59);
    if (!number) return false;
    minute = *number;
    if (text.take(':')) {
      const auto seconds = text.number(2, 0, 59);
      if (!seconds) return false;
      second = *seconds;
      if (text.take('.')) {
        const auto nanoseconds = fraction(text);
        if (!nanoseconds) return false;
        instant.nanoseconds = *nanoseconds;
      }
    }
  }
  instant.seconds += *hour * 3600 + minute * 60 + second;
  if (text.done() || text.take_any("Zz")) return text.done();
  const bool east = text.take('+');
  if (!east && !text.take('-')) return false;
  const auto offset_hours = text.number(2, 0, 23);
  if (!offset_hours) return false;
  int64_t offset = *offset_hours * 3600;
  if (!text.done()) {
    text.take(':');
    const auto offset_minutes = text.number(2, 0, 59);
    if (!offset_minutes) return false;
    offset += *offset_minutes * 60;
  }
  instant.seconds -= east ? offset : -offset;
  return text.done();
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  if (text.size() > kNumberLengthMax) return std::nullopt;
  Cursor cursor(text);
  Decimal number;
  number.negative_ = cursor.take('-');
  if (!number.negative_) cursor.take('+');
  const std::string_view whole = cursor.digits();
  const std::string_view part = cursor.take('.') ? cursor.digits() : std::string_view();
  if (whole.empty() && part.empty()) return std::nullopt;
  int64_t exponent = 0;
  if (cursor.take_any("eE")) {
    const bool minus = cursor.take('-');
    if (!minus) cursor.take('+');
    const std::string_view digits = cursor.digits();
    if (digits.empty() ||
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec != std::errc() ||
        exponent > kExponentMax) {
      return std::nullopt;
    }
    if (minus) exponent = -exponent;
  }
  if (!cursor.done()) return std::nullopt;
  number.digits_.append(whole).append(part);
  const size_t first = number.digits_.find_first_not_of('0');
  if (first == std::string::npos) return Decimal();
  number.exponent_ = exponent + static_cast<int64_t>(whole.size()) - static_cast<int64_t>(first);
  number.digits_.erase(number.digits_.find_last_not_of('0') + 1);
  number.digits_.erase(0, first);
  if (number.digits_.size() > kDigitsMax) return std::nullopt;
  return number;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  const auto sign = [](const Decimal& number) {
    return number.digits_.empty() ? 0 : number.negative_ ? -1 : 1;
  };
  if (sign(*this) != sign(other) || sign(*this) == 0) return sign(*this) <=> sign(other);
  auto size = exponent_ <=> other.exponent_;
  if (size == 0) size = digits_.compare(other.digits_) <=> 0;
  return negative_ ? 0 <=> size : size;
}

std::optional<Instant> Instant::parse(std::string_view text) {
  if (text.find_first_of("-Tt") == std::string_view::npos) return parse_epoch(text);
  Cursor cursor(text);
  const auto days = parse_days(cursor);
  if (!days) return std::nullopt;
  Instant instant{.seconds = *days * kDaySeconds};
  if (cursor.done()) return instant;
  if (!cursor.take_any("Tt") || !parse_time(cursor, instant)) return std::nullopt;
  return instant;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN + 1> name = {};
  if (text.size() >= name.size() || text.contains('\0')) return std::nullopt;
  std::ranges::copy(text, name.begin());
  IpAddress address;
  if (inet_pton(AF_INET, name.data(), address.bytes.data()) == 1) return address;
  if (inet_pton(AF_INET6, name.data(), address.bytes.data()) != 1) return std::nullopt;
  constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
    address.v6 = true;
    return address;
  }
  IpAddress v4;
  std::copy_n(address.bytes.begin() + kMapped.size(), 4, v4.bytes.begin());
  return v4;
}

std::optional<IpRange> IpRange::parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto network = IpAddress::parse(text.substr(0, slash));
  if (!network) return std::nullopt;
  IpRange range;
  range.network_ = *network;
  const uint32_t bits_max = network->v6 ? 128 : 32;
  range.prefix_bits_ = bits_max;
  if (slash == std::string_view::npos) return range;
  const std::string_view digits = text.substr(slash + 1);
  if (digits.empty() || digits.size() > 3 || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  uint32_t bits = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
  if (!network->v6 && text.substr(0, slash).contains(':')) {
    if (bits < 96) return std::nullopt;
    bits -= 96;
  }
  if (bits > bits_max) return std::nullopt;
  range.prefix_bits_ = bits;
  return range;
}

bool IpRange::contains(const IpAddress& address) const {
  if (address.v6 != network_.v6) return false;
  const size_t whole = prefix_bits_ / 8;
  if (std::memcmp(address.bytes.data(), network_.bytes.data(), whole) != 0) return false;
  if (prefix_bits_ % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - prefix_bits_ % 8));
  return ((address.bytes[whole] ^ network_.bytes[whole]) & mask) == 0;
}

}  // namespace hearth::identity
