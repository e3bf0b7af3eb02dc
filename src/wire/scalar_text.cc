#include "wire/scalar_text.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/log.h"
#include "wire/document.h"

namespace hearth::wire {

namespace {

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Takes `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  if (!std::ranges::all_of(text.substr(0, count), is_digit)) return std::nullopt;
  const auto value = parse_number<int>(text.substr(0, count));
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<TimePoint> make_time(int year, int month, int day, int64_t second_of_day,
                                   int64_t microseconds) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::seconds(second_of_day) +
         std::chrono::microseconds(microseconds);
}

// "12:34:56.789" off the front.
bool take_clock(std::string_view& text, int64_t& seconds, int64_t& microseconds) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return false;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return false;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return false;
  seconds = *hour * 3600 + *minute * 60 + *second;
  microseconds = 0;
  if (!take(text, '.')) return true;
  int64_t unit = 100'000;
  bool any = false;
  while (!text.empty() && is_digit(text[0])) {
    microseconds += (text[0] - '0') * unit;
    unit /= 10;
    text.remove_prefix(1);
    any = true;
  }
  return any;
}

std::optional<TimePoint> parse_iso8601(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || (!take(text, 'T') && !take(text, 't') && !take(text, ' '))) return std::nullopt;
  int64_t seconds = 0, microseconds = 0;
  if (!take_clock(text, seconds, microseconds)) return std::nullopt;
  int64_t offset_seconds = 0;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    const int sign = text[0] == '+' ? 1 : -1;
    text.remove_prefix(1);
    const auto hours = take_digits(text, 2);
    take(text, ':');
    const auto minutes = take_digits(text, 2);
    if (!hours || !minutes) return std::nullopt;
    offset_seconds = sign * (*hours * 3600 + *minutes * 60);
  } else if (!take(text, 'Z') && !take(text, 'z')) {
    return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return make_time(*year, *month, *day, seconds - offset_seconds, microseconds);
}

// "Sat, 31 Jan 2026 12:34:56 GMT", with or without a fraction.
std::optional<TimePoint> parse_http_time(std::string_view text) {
  const size_t comma = text.find(", ");
  if (comma == std::string_view::npos) return std::nullopt;
  text.remove_prefix(comma + 2);
  const auto day = take_digits(text, 2);
  if (!day || !take(text, ' ') || text.size() < 4) return std::nullopt;
  const auto* month = std::ranges::find(kMonths, text.substr(0, 3));
  text.remove_prefix(3);
  if (month == std::end(kMonths) || !take(text, ' ')) return std::nullopt;
  const auto year = take_digits(text, 4);
  int64_t seconds = 0, microseconds = 0;
  if (!year || !take(text, ' ') || !take_clock(text, seconds, microseconds) || text != " GMT")
    return std::nullopt;
  return make_time(*year, static_cast<int>(month - kMonths) + 1, *day, seconds, microseconds);
}

std::unexpected<Error> unparsable(const Shape& shape, std::string_view text) {
  constexpr size_t kQuotedMax = 128;
  return fail("SerializationException",
              fmt::format("'{}' is no value of type {}", text.substr(0, kQuotedMax), shape.name));
}

}  // namespace

std::optional<TimePoint> parse_time(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.size() > 10 && text[4] == '-') return parse_iso8601(text);
  if (const auto seconds = parse_number<double>(text)) return document_time(json::value(*seconds));
  return parse_http_time(text);
}

std::string time_text(TimePoint time, TimeFormat format) {
  if (format == TimeFormat::kRfc822) return http_date(time);
  const int64_t us = time.time_since_epoch().count();
  const int64_t fraction =
      us - std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count() * 1'000'000;
  if (format == TimeFormat::kEpoch) {
    return fraction == 0 ? fmt::format("{}", us / 1'000'000)
                         : fmt::format("{}", static_cast<double>(us) / 1e6);
  }
  if (fraction == 0) return iso8601_seconds(time);
  if (fraction % 1000 == 0) return iso8601_ms(time);
  std::string text = iso8601_seconds(time);
  text.pop_back();
  return text + fmt::format(".{:06}Z", fraction);
}

TimeFormat time_format_of(const Member* member, const Shape& shape, TimeFormat otherwise) {
  if (member && member->time_format != TimeFormat::kDefault) return member->time_format;
  return shape.time_format != TimeFormat::kDefault ? shape.time_format : otherwise;
}

std::string_view special_float(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return {};
}

Result<json::value> scalar_from_text(const Shape& shape, std::string_view text) {
  switch (shape.kind) {
    case Kind::kString:
      return json::value(text);
    case Kind::kBlob: {
      const auto bytes = base64_decode(text);
      if (!bytes) return unparsable(shape, text);
      return json::value(std::string_view(*bytes));
    }
    case Kind::kBoolean:
      if (text == "true") return json::value(true);
      if (text == "false") return json::value(false);
      return unparsable(shape, text);
    case Kind::kInteger:
    case Kind::kLong: {
      const auto number = parse_number<int64_t>(text);
      if (!number) return unparsable(shape, text);
      if (shape.kind == Kind::kInteger && *number != static_cast<int32_t>(*number))
        return unparsable(shape, text);
      return json::value(*number);
    }
    case Kind::kFloat:
    case Kind::kDouble: {
      constexpr double kInfinity = std::numeric_limits<double>::infinity();
      if (text == "NaN") return json::value(std::numeric_limits<double>::quiet_NaN());
      if (text == "Infinity") return json::value(kInfinity);
      if (text == "-Infinity") return json::value(-kInfinity);
      const auto number = parse_number<double>(text);
      if (!number) return unparsable(shape, text);
      return json::value(*number);
    }
    case Kind::kTimestamp: {
      const auto time = parse_time(text);
      if (!time) return unparsable(shape, text);
      return document_time(*time);
    }
    default:
      return unparsable(shape, text);
  }
}

std::string scalar_to_text(const Shape& shape, const json::value& value, TimeFormat format) {
  if (shape.kind == Kind::kTimestamp) {
    const auto time = document_time(value);
    return time ? time_text(*time, format) : std::string();
  }
  if (const auto* text = value.if_string()) {
    return shape.kind == Kind::kBlob ? base64_encode(*text) : std::string(*text);
  }
  if (const double* number = value.if_double()) {
    const std::string_view special = special_float(*number);
    return special.empty() ? fmt::format("{}", *number) : std::string(special);
  }
  return to_text(value);
}

}  // namespace hearth::wire
