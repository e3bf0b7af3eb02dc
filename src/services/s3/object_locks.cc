#include "services/s3/object_locks.h"

#include "services/s3/arns.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/past_date.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {
namespace {

using api::s3::ObjectLockConfiguration;

Error no_lock_on_object() {
  return {.code = "NoSuchObjectLockConfiguration",
          .message = "The specified object does not have a ObjectLock configuration",
          .status = 404};
}

Result<int64_t> check_period(int64_t period, int64_t period_max) {
  if (period < 1) {
    return fail(errors::invalid_argument("Default retention period must be a positive integer value.",
                                         "DefaultRetention", std::to_string(period)));
  }
  if (period > period_max) {
    return fail(errors::invalid_argument("Default retention period too large.", "DefaultRetention",
                                         std::to_string(period)));
  }
  return period;
}

Result<DefaultRetention> parse_default(const ObjectLockConfiguration& configuration) {
  if (configuration.object_lock_enabled != "Enabled") return fail(errors::malformed_xml());
  DefaultRetention retention;
  if (!configuration.rule) return retention;
  const auto& given = configuration.rule->default_retention;
  if (!given || !given->mode || given->days.has_value() == given->years.has_value()) {
    return fail(errors::malformed_xml());
  }
  retention.mode = mode_of(*given->mode);
  if (retention.mode == LockMode::kNone) return fail(errors::malformed_xml());
  if (given->days) {
    TRY_SYNC(retention.days, check_period(*given->days, limits::kRetentionDaysMax));
  } else {
    TRY_SYNC(retention.years, check_period(*given->years, limits::kRetentionYearsMax));
  }
  return retention;
}

ObjectLockConfiguration configuration_of(const DefaultRetention& retention) {
  ObjectLockConfiguration configuration{.object_lock_enabled = "Enabled"};
  if (retention.mode == LockMode::kNone) return configuration;
  api::s3::DefaultRetention shown{.mode = name_of(retention.mode)};
  if (retention.years > 0) {
    shown.years = static_cast<int32_t>(retention.years);
  } else {
    shown.days = static_cast<int32_t>(retention.days);
  }
  configuration.rule = api::s3::ObjectLockRule{.default_retention = std::move(shown)};
  return configuration;
}

Result<LockRecord> parse_retention(const std::optional<api::s3::ObjectLockRetention>& given, TimePoint now) {
  LockRecord lock;
  if (!given) return fail(errors::malformed_xml());
  if (!given->mode && !given->retain_until_date) return lock;  // it is taken away
  if (!given->mode || !given->retain_until_date) return fail(errors::malformed_xml());
  lock.mode = mode_of(*given->mode);
  if (lock.mode == LockMode::kNone) return fail(errors::malformed_xml());
  lock.until = *given->retain_until_date;
  if (lock.until > now) return lock;
  return fail(not_in_the_future("RetainUntilDate", lock.until));
}

template <typename Input>
ObjectName name_of(const Input& input) {
  return {.bucket = input.bucket,
          .key = input.key,
          .version = input.version_id,
          .expected_owner = input.expected_bucket_owner};
}

}  // namespace

Async<Bypass> bypass_of(const Parts& parts, const wire::Call& call, std::string bucket, std::string key,
                        std::optional<bool> asked) {
  if (!asked.value_or(false)) co_return Bypass::kNothing;
  TRY(const bool is_allowed,
      co_await may(parts, call, "s3:BypassGovernanceRetention", object_arn(bucket, key)));
  co_return is_allowed ? Bypass::kGovernance : Bypass::kNothing;
}

void ObjectLocks::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::GetObjectLockConfiguration>(*this, &ObjectLocks::get_configuration);
  router.on<ops::PutObjectLockConfiguration>(*this, &ObjectLocks::put_configuration);
  router.on<ops::GetObjectRetention>(*this, &ObjectLocks::get_retention);
  router.on<ops::PutObjectRetention>(*this, &ObjectLocks::put_retention);
  router.on<ops::GetObjectLegalHold>(*this, &ObjectLocks::get_hold);
  router.on<ops::PutObjectLegalHold>(*this, &ObjectLocks::put_hold);
}

Async<api::s3::GetObjectLockConfigurationOutput> ObjectLocks::get_configuration(
    const wire::Call& call, api::s3::GetObjectLockConfigurationRequest input) {
  using Output = api::s3::GetObjectLockConfigurationOutput;
  auto run = [&](Tables&, const BucketRecord& bucket) -> Async<Output> {
    if (!bucket.object_lock) {
      co_return errors::no_setting("ObjectLockConfigurationNotFoundError",
                                   "Object Lock configuration does not exist for this bucket", bucket.name);
    }
    co_return Output{.object_lock_configuration = configuration_of(bucket.retention)};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<api::s3::PutObjectLockConfigurationOutput> ObjectLocks::put_configuration(
    const wire::Call& call, api::s3::PutObjectLockConfigurationRequest input) {
  using Output = api::s3::PutObjectLockConfigurationOutput;
  if (!input.object_lock_configuration) co_return errors::malformed_xml();
  TRY(const DefaultRetention retention, parse_default(*input.object_lock_configuration));
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    if (bucket.versioning != Versioning::kEnabled) {
      co_return errors::invalid_bucket_state(
          "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
    }
    BucketRecord changed = bucket;
    changed.object_lock = true;
    changed.retention = retention;
    tables.buckets.put(store::Key(bucket.name), changed);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

template <typename Input>
Async<LockRecord> ObjectLocks::read(const wire::Call& call, const Input& input) {
  auto body = [&](store::Transaction& tx) -> Async<LockRecord> {
    Tables tables(tx);
    TRY(const FoundObject found, co_await find_object(parts_, tables, call, name_of(input)));
    if (!found.bucket.object_lock) co_return errors::no_lock_on_bucket();
    co_return found.object.head.lock;
  };
  co_return co_await parts_.store.read(body);
}

template <typename Input, typename Change>
Async<void> ObjectLocks::change(const wire::Call& call, const Input& input, Change& change) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(FoundObject found, co_await find_object(parts_, tables, call, name_of(input)));
    if (!found.bucket.object_lock) co_return errors::no_lock_on_bucket();
    TRY_VOID(change(found.object.head.lock));
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    const Place place{.bucket = found.bucket, .key = input.key};
    TRY(const auto current, co_await versions.current(place));
    versions.replace(place, found.object, current && current->sequence == found.object.sequence);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::s3::GetObjectRetentionOutput> ObjectLocks::get_retention(
    const wire::Call& call, api::s3::GetObjectRetentionRequest input) {
  TRY(const LockRecord lock, co_await read(call, input));
  if (lock.mode == LockMode::kNone) co_return no_lock_on_object();
  co_return api::s3::GetObjectRetentionOutput{
      .retention =
          api::s3::ObjectLockRetention{.mode = s3::name_of(lock.mode), .retain_until_date = lock.until}};
}

Async<api::s3::PutObjectRetentionOutput> ObjectLocks::put_retention(
    const wire::Call& call, api::s3::PutObjectRetentionRequest input) {
  TRY(const LockRecord asked, parse_retention(input.retention, parts_.clock.now()));
  TRY(const Bypass bypass,
      co_await bypass_of(parts_, call, input.bucket, input.key, input.bypass_governance_retention));
  auto retain = [&](LockRecord& lock) -> Status {
    TRY_SYNC_VOID(check_retention(lock, asked, parts_.clock.now(), bypass));
    lock.mode = asked.mode;
    lock.until = asked.until;
    return {};
  };
  TRY_VOID(co_await change(call, input, retain));
  co_return api::s3::PutObjectRetentionOutput{};
}

Async<api::s3::GetObjectLegalHoldOutput> ObjectLocks::get_hold(const wire::Call& call,
                                                               api::s3::GetObjectLegalHoldRequest input) {
  TRY(const LockRecord lock, co_await read(call, input));
  if (!lock.hold_said) co_return no_lock_on_object();
  co_return api::s3::GetObjectLegalHoldOutput{
      .legal_hold = api::s3::ObjectLockLegalHold{.status = lock.hold ? "ON" : "OFF"}};
}

Async<api::s3::PutObjectLegalHoldOutput> ObjectLocks::put_hold(const wire::Call& call,
                                                               api::s3::PutObjectLegalHoldRequest input) {
  const std::string status = input.legal_hold ? input.legal_hold->status.value_or("") : "";
  if (status != "ON" && status != "OFF") co_return errors::malformed_xml();
  auto hold = [&](LockRecord& lock) -> Status {
    lock.hold = status == "ON";
    lock.hold_said = true;
    return {};
  };
  TRY_VOID(co_await change(call, input, hold));
  co_return api::s3::PutObjectLegalHoldOutput{};
}

}  // namespace hearth::services::s3
