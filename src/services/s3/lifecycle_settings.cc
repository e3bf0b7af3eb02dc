#include "services/s3/lifecycle_settings.h"

#include "base/encoding.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kIdDigits = 48, kRevisionDigits = 32;

}  // namespace

void LifecycleSettings::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  mount_get<ops::GetBucketLifecycleConfiguration>(router, parts_, kLifecycle);
  router.on<ops::PutBucketLifecycleConfiguration>(*this, &LifecycleSettings::put);
  router.on<ops::DeleteBucketLifecycle>(*this, &LifecycleSettings::remove);
}

Async<api::s3::PutBucketLifecycleConfigurationOutput> LifecycleSettings::put(
    const wire::Call& call, api::s3::PutBucketLifecycleConfigurationRequest input) {
  using Output = api::s3::PutBucketLifecycleConfigurationOutput;
  if (!input.lifecycle_configuration) co_return errors::malformed_xml();
  std::vector<api::s3::LifecycleRule> rules = std::move(input.lifecycle_configuration->rules);
  TRY_VOID(check_lifecycle(rules));
  const std::string small = input.transition_default_minimum_object_size.value_or(std::string(kSmallStay));
  if (small != kSmallStay && small != kSmallMayMove) {
    co_return errors::invalid_request("Invalid TransitionDefaultMinimumObjectSize found: " + small);
  }
  for (api::s3::LifecycleRule& rule : rules) {
    if (!rule.id || rule.id->empty()) rule.id = base64_encode(parts_.random.hex(kIdDigits));
  }
  const std::string text = setting_text(
      LifecycleDocument{.rules = std::move(rules), .transition_default_minimum_object_size = small});
  const LifecycleRecord record{.revision = parts_.random.hex(kRevisionDigits)};
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    write_setting(tables, bucket, kLifecycle, text);
    tables.lifecycles.put(store::Key(bucket.name), record);
    co_return Output{.transition_default_minimum_object_size = small};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

Async<api::s3::DeleteBucketLifecycleOutput> LifecycleSettings::remove(
    const wire::Call& call, api::s3::DeleteBucketLifecycleRequest input) {
  using Output = api::s3::DeleteBucketLifecycleOutput;
  auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<Output> {
    erase_setting(tables, bucket, kLifecycle);
    tables.end_lifecycle(bucket);
    co_return Output{};
  };
  co_return co_await with_bucket<Output>(parts_, call, input, run);
}

}  // namespace hearth::services::s3
