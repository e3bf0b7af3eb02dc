#include "services/sqs/handles.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "services/sqs/errors.h"

namespace hearth::services::sqs {
namespace {

constexpr size_t kMacBytes = 16;

}  // namespace

Handles::Handles(std::string_view server_key) : key_(hmac_sha256(server_key, "sqs receipt handles")) {}

std::string Handles::seal(const Handle& handle) const {
  const store::Key key = store::Key(handle.queue, handle.contents, handle.receives) + handle.message.key();
  return base64_encode(hmac_sha256(key_, key.bytes()).substr(0, kMacBytes) + key.bytes());
}

Result<Handle> Handles::open(std::string_view text, const QueueRecord& queue) const {
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->size() <= kMacBytes) return fail(errors::invalid_handle(text));
  const std::string_view key = std::string_view(*bytes).substr(kMacBytes);
  if (!constant_time_equal(hmac_sha256(key_, key).substr(0, kMacBytes), bytes->substr(0, kMacBytes))) {
    return fail(errors::invalid_handle(text));
  }
  const auto parts = store::parse_key<uint64_t, uint64_t, int64_t, int64_t, store::Bytes>(key);
  if (!parts || std::get<0>(*parts) != queue.id) return fail(errors::invalid_handle(text));
  return Handle{.queue = std::get<0>(*parts),
                .contents = std::get<1>(*parts),
                .message = {.since_us = std::get<3>(*parts), .id = std::get<4>(*parts).bytes},
                .receives = std::get<2>(*parts)};
}

}  // namespace hearth::services::sqs
