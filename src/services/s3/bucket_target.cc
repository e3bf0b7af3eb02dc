#include "services/s3/bucket_target.h"

#include "api/s3.h"
#include "services/s3/arns.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"
#include "services/s3/objects.h"
#include "services/s3/versions.h"

namespace hearth::services::s3 {
namespace {

using delivery::target_error;

// Nothing for an ARN of something in a bucket.
std::optional<std::string> bucket_of(std::string_view arn) {
  if (!arn.starts_with(kBucketArnPrefix)) return std::nullopt;
  arn.remove_prefix(kBucketArnPrefix.size());
  if (arn.empty() || arn.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(arn);
}

Async<BucketRecord> require_bucket(store::Transaction& tx, std::string arn) {
  const auto name = bucket_of(arn);
  std::optional<BucketRecord> bucket;
  if (name) {
    TRY(bucket, co_await Tables(tx).buckets.get(store::Key(*name)));
  }
  if (!bucket) co_return target_error(delivery::kTargetMissing, "there is no bucket " + arn);
  co_return *std::move(bucket);
}

}  // namespace

Async<void> BucketTarget::check(delivery::Sender sender, std::string arn, std::string key) {
  auto exists = [&](store::Transaction& tx) -> Async<BucketRecord> {
    co_return co_await require_bucket(tx, arn);
  };
  TRY_VOID(co_await parts_.store.read(exists));
  co_return co_await rights_.require(std::move(sender), api::s3::ops::PutObject::kInfo, arn + "/" + key);
}

Async<void> BucketTarget::take(store::Transaction& tx, const delivery::Delivery& delivery) {
  if (delivery.key.empty() || delivery.key.size() > limits::kKeyBytesMax) {
    co_return target_error(delivery::kTargetRefused, "an object needs a key");
  }
  TRY(const BucketRecord bucket, co_await require_bucket(tx, delivery.target_arn));
  auto sender = co_await rights_.identity_of(delivery.sender);
  if (!sender) co_return target_error(delivery::kTargetDenied, std::move(sender).error().message);

  Tables tables(tx);
  TRY(const Protection protection, co_await parts_.encryption.choose(tables, bucket, {}));
  io::Body bytes(delivery.body);
  TRY(const ReceivedBody body,
      co_await parts_.bodies.receive(bytes, delivery.body.size(), ChecksumKind::kCrc64Nvme, protection));
  Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
  const Place place{.bucket = bucket, .key = delivery.key};
  TRY(const ObjectRecord object,
      co_await versions.put(place, {.modified = parts_.clock.now(),
                                    .etag = hex_encode(body.etag()),
                                    .checksum = body.checksum(),
                                    .body = parts_.bodies.attach(tx, body),
                                    .head = {.content_type = std::string(kDefaultContentType)},
                                    .encryption = protection.encryption,
                                    .opaque_etag = hides_md5(protection.encryption)}));
  const wire::Call call{.account = delivery.sender.account,
                        .region = delivery.sender.region,
                        .request_id = delivery.id,
                        .identity = *std::move(sender)};
  co_return co_await tell_created(parts_, tx, call, bucket, "ObjectCreated:Put", delivery.key, object);
}

}  // namespace hearth::services::s3
