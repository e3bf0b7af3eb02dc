#include "services/s3/lock.h"

#include "services/s3/errors.h"
#include "services/s3/past_date.h"

namespace hearth::services::s3 {
namespace {

constexpr std::string_view kGovernance = "GOVERNANCE", kCompliance = "COMPLIANCE";
constexpr std::string_view kModeHeader = "x-amz-object-lock-mode";
constexpr std::string_view kUntilHeader = "x-amz-object-lock-retain-until-date";
constexpr std::string_view kHoldHeader = "x-amz-object-lock-legal-hold";

bool retains(const LockRecord& lock, TimePoint now) {
  return lock.mode != LockMode::kNone && lock.until > now;
}

// The same day of the year, of the month's last ones the last that there is.
TimePoint years_later(TimePoint time, int64_t years) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date = std::chrono::year_month_day(day) + std::chrono::years(years);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return TimePoint(std::chrono::sys_days(date)) + (time - day);
}

}  // namespace

bool is_locked(const LockRecord& lock, TimePoint now, Bypass bypass) {
  if (lock.hold) return true;
  if (!retains(lock, now)) return false;
  return lock.mode == LockMode::kCompliance || bypass != Bypass::kGovernance;
}

std::string name_of(LockMode mode) {
  return std::string(mode == LockMode::kCompliance ? kCompliance : kGovernance);
}

LockMode mode_of(std::string_view name) {
  if (name == kGovernance) return LockMode::kGovernance;
  return name == kCompliance ? LockMode::kCompliance : LockMode::kNone;
}

Result<LockRecord> parse_lock(const AskedLock& asked) {
  LockRecord lock;
  if (asked.hold) {
    if (*asked.hold != "ON" && *asked.hold != "OFF") {
      return fail(errors::invalid_argument("Legal Hold must be either of 'ON' or 'OFF'",
                                           std::string(kHoldHeader), *asked.hold));
    }
    lock.hold = *asked.hold == "ON";
    lock.hold_said = true;
  }
  if (!asked.mode && !asked.until) return lock;
  if (!asked.mode || !asked.until) {
    return fail(errors::invalid_argument(
        std::string(kUntilHeader) + " and " + std::string(kModeHeader) + " must both be supplied",
        std::string(asked.mode ? kUntilHeader : kModeHeader), ""));
  }
  lock.mode = mode_of(*asked.mode);
  if (lock.mode == LockMode::kNone) {
    return fail(
        errors::invalid_argument("Unknown wormMode directive.", std::string(kModeHeader), *asked.mode));
  }
  lock.until = *asked.until;
  return lock;
}

Status check_lock(const BucketRecord& bucket, const LockRecord& lock, TimePoint now) {
  if (lock == LockRecord()) return {};
  if (!bucket.object_lock) return fail(errors::no_lock_on_bucket());
  if (lock.mode == LockMode::kNone || lock.until > now) return {};
  return fail(not_in_the_future(std::string(kUntilHeader), lock.until));
}

LockRecord usual_lock(const BucketRecord& bucket, LockRecord lock, TimePoint now) {
  const DefaultRetention& usual = bucket.retention;
  if (lock.mode != LockMode::kNone || usual.mode == LockMode::kNone) return lock;
  lock.mode = usual.mode;
  lock.until = usual.years > 0 ? years_later(now, usual.years) : now + std::chrono::days(usual.days);
  return lock;
}

Status check_retention(const LockRecord& from, const LockRecord& to, TimePoint now, Bypass bypass) {
  if (!retains(from, now)) return {};
  const bool stronger = to.mode >= from.mode && to.until >= from.until;
  if (stronger) return {};
  if (from.mode == LockMode::kGovernance && bypass == Bypass::kGovernance) return {};
  return fail(errors::locked());
}

}  // namespace hearth::services::s3
