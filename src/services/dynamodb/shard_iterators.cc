#include "services/dynamodb/shard_iterators.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kMacBytes = 16;

}  // namespace

ShardIterators::ShardIterators(std::string_view server_key)
    : key_(hmac_sha256(server_key, "dynamodb shard iterators")) {}

std::string ShardIterators::seal(const ShardIterator& iterator) const {
  const store::Key key(iterator.stream.arn(), iterator.from, iterator.made_ms);
  return base64_encode(hmac_sha256(key_, key.bytes()).substr(0, kMacBytes) + key.bytes());
}

std::optional<ShardIterator> ShardIterators::open(std::string_view text) const {
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->size() <= kMacBytes) return {};
  const std::string sealed = bytes->substr(kMacBytes);
  if (!constant_time_equal(hmac_sha256(key_, sealed).substr(0, kMacBytes), bytes->substr(0, kMacBytes)))
    return {};
  const auto parts = store::parse_key<std::string, store::Stamp, int64_t>(sealed);
  if (!parts) return {};
  const auto& [arn, from, made_ms] = *parts;
  auto stream = StreamRef::parse(arn);
  if (!stream) return {};
  return ShardIterator{.stream = *std::move(stream), .from = from, .made_ms = made_ms};
}

}  // namespace hearth::services::dynamodb
