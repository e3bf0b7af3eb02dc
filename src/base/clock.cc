#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace hearth {
namespace {

class SystemClock final : public Clock {
 public:
  TimePoint now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  SteadyTime steady_now() const override {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now());
  }
};

struct Fields {
  std::tm tm;
  int ms;
};

Fields fields_of(TimePoint time) {
  const int64_t ms = epoch_ms(time);
  const std::time_t seconds = static_cast<std::time_t>((ms - ((ms % 1000) + 1000) % 1000) / 1000);
  Fields fields{};
  gmtime_r(&seconds, &fields.tm);
  fields.ms = static_cast<int>(((ms % 1000) + 1000) % 1000);
  return fields;
}

std::string format(const std::tm& tm, const char* pattern) {
  char buffer[64];
  return std::string(buffer, std::strftime(buffer, sizeof buffer, pattern, &tm));
}

std::string with_ms(TimePoint time, const char* suffix) {
  const Fields fields = fields_of(time);
  char ms[8];
  std::snprintf(ms, sizeof ms, ".%03d", fields.ms);
  return format(fields.tm, "%Y-%m-%dT%H:%M:%S") + ms + suffix;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string iso8601_ms(TimePoint time) {
  return with_ms(time, "Z");
}
std::string lambda_timestamp(TimePoint time) {
  return with_ms(time, "+0000");
}
std::string iso8601_seconds(TimePoint time) {
  return format(fields_of(time).tm, "%Y-%m-%dT%H:%M:%SZ");
}
std::string amz_basic_date(TimePoint time) {
  return format(fields_of(time).tm, "%Y%m%dT%H%M%SZ");
}
std::string date_slashes(TimePoint time) {
  return format(fields_of(time).tm, "%Y/%m/%d");
}

std::string http_date(TimePoint time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm tm = fields_of(time).tm;
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[tm.tm_wday], tm.tm_mday,
                kMonths[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
  return buffer;
}

}  // namespace hearth
