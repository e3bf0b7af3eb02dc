#include "services/kinesis/stream_ref.h"

#include <fmt/format.h>

#include "services/kinesis/errors.h"
#include "wire/not_implemented.h"

namespace hearth::services::kinesis {

Result<StreamRef> StreamRef::of(const wire::Call& call, const std::optional<std::string>& name,
                                const std::optional<std::string>& arn, const std::optional<std::string>& id) {
  TRY_SYNC_VOID(wire::refuse_given(id, "StreamId"));
  if (!arn && !name) return fail(errors::invalid("Either StreamName or StreamARN must be provided."));
  // The permission was asked for the name where there is one.
  const StreamRef named{.account = call.account, .region = call.region, .name = name.value_or("")};
  if (!arn) return named;
  auto ref = of_arn(*arn);
  if (!ref) return fail(errors::invalid(fmt::format("StreamARN {} is invalid.", *arn)));
  if (name && *ref != named) return fail(errors::invalid("StreamName and StreamARN do not match."));
  return *std::move(ref);
}

std::optional<StreamRef> StreamRef::of_arn(std::string_view arn) {
  constexpr std::string_view kStart = "arn:aws:kinesis:";
  constexpr std::string_view kKind = "stream/";
  if (!arn.starts_with(kStart)) return std::nullopt;
  arn.remove_prefix(kStart.size());
  const size_t region = arn.find(':');
  const size_t account = region == std::string_view::npos ? region : arn.find(':', region + 1);
  if (account == std::string_view::npos || !arn.substr(account + 1).starts_with(kKind)) return std::nullopt;
  StreamRef ref{.account = std::string(arn.substr(region + 1, account - region - 1)),
                .region = std::string(arn.substr(0, region)),
                .name = std::string(arn.substr(account + 1 + kKind.size()))};
  const bool plain = ref.name.find_first_of(":/") == std::string::npos;
  if (ref.account.empty() || ref.region.empty() || ref.name.empty() || !plain) return std::nullopt;
  return ref;
}

std::string StreamRef::arn() const {
  return fmt::format("arn:aws:kinesis:{}:{}:stream/{}", region, account, name);
}

Async<StreamRecord> require_stream(store::Transaction& tx, StreamRef ref) {
  TRY(auto stream, co_await Tables(tx, ref).streams.get(store::Key(ref.name)));
  if (!stream) co_return errors::no_stream(ref);
  co_return *std::move(stream);
}

}  // namespace hearth::services::kinesis
