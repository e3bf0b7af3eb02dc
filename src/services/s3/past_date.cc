#include "services/s3/past_date.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "services/s3/errors.h"

namespace hearth::services::s3 {
namespace {

namespace chrono = std::chrono;
using chrono::hours;

constexpr hours kStandardTime{-8}, kSummerTime{-7};

// In the summer, from 2 o'clock on the second Sunday of March to 2 o'clock on the first of November.
bool is_summer(TimePoint time) {
  const chrono::year year = chrono::year_month_day(chrono::floor<chrono::days>(time + kStandardTime)).year();
  const chrono::sys_days begins(year / chrono::March / chrono::Sunday[2]);
  const chrono::sys_days ends(year / chrono::November / chrono::Sunday[1]);
  return time >= begins + hours(2) - kStandardTime && time < ends + hours(2) - kSummerTime;
}

}  // namespace

std::string pacific_text(TimePoint time) {
  const bool summer = is_summer(time);
  const auto local = chrono::floor<chrono::seconds>(time + (summer ? kSummerTime : kStandardTime));
  const auto fields = fmt::gmtime(chrono::system_clock::to_time_t(local));
  return fmt::format("{:%a %b %d %H:%M:%S} {} {:%Y}", fields, summer ? "PDT" : "PST", fields);
}

Error not_in_the_future(std::string argument, TimePoint date) {
  return errors::invalid_argument("The retain until date must be in the future!", std::move(argument),
                                  pacific_text(date));
}

}  // namespace hearth::services::s3
