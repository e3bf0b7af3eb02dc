#include "services/s3/lifecycles.h"

#include "base/encoding.h"
#include "services/s3/lifecycle_settings.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {

Lifecycles::Lifecycles(store::Store& store, Calendar calendar)
    : store_(store), calendar_(calendar), watch_(store.watch(bucket_space().bytes())) {}

Async<Lifecycles::Pointer> Lifecycles::rules(std::string bucket_id) {
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    Tables tables(tx);
    const BucketRecord bucket{.id = bucket_id};
    TRY(const auto document, co_await read_setting<LifecycleDocument>(tables, bucket, kLifecycle));
    if (!document) co_return Pointer();
    co_return std::make_shared<const Lifecycle>(*document, calendar_);
  };
  auto read = [&]() -> Async<Pointer> { co_return co_await store_.read(body); };
  co_return co_await kept_.find(bucket_id, read);
}

Async<std::optional<std::string>> Lifecycles::expiration(std::string bucket_id, std::string key,
                                                         const ObjectRecord& object) {
  TRY(const Pointer lifecycle, co_await rules(std::move(bucket_id)));
  const auto due = lifecycle ? lifecycle->expiry(key, object) : std::nullopt;
  if (!due) co_return std::optional<std::string>();
  co_return std::optional("expiry-date=\"" + http_date(due->at) + "\", rule-id=\"" +
                          percent_encode(due->rule_id) + "\"");
}

Async<std::optional<Lifecycle::Due>> Lifecycles::abort(std::string bucket_id, std::string key,
                                                       TimePoint initiated) {
  TRY(const Pointer lifecycle, co_await rules(std::move(bucket_id)));
  co_return lifecycle ? lifecycle->abort(key, initiated) : std::nullopt;
}

}  // namespace hearth::services::s3
