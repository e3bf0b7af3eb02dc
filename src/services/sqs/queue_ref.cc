#include "services/sqs/queue_ref.h"

#include <fmt/format.h>

#include "services/sqs/errors.h"
#include "wire/resource.h"

namespace hearth::services::sqs {

Result<QueueRef> QueueRef::of_url(const wire::Call& call, std::string_view url) {
  wire::QueueReference reference = wire::parse_queue_reference(url);
  if (reference.name.empty()) return fail(errors::no_such_queue());
  if (reference.account.empty()) reference.account = call.account;
  return QueueRef{
      .account = std::move(reference.account), .region = call.region, .name = std::move(reference.name)};
}

std::optional<QueueRef> QueueRef::of_arn(std::string_view arn) {
  constexpr std::string_view kStart = "arn:aws:sqs:";
  if (!arn.starts_with(kStart)) return std::nullopt;
  arn.remove_prefix(kStart.size());
  const size_t region = arn.find(':');
  const size_t account = region == std::string_view::npos ? region : arn.find(':', region + 1);
  if (account == std::string_view::npos || arn.find(':', account + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  QueueRef ref{.account = std::string(arn.substr(region + 1, account - region - 1)),
               .region = std::string(arn.substr(0, region)),
               .name = std::string(arn.substr(account + 1))};
  if (ref.account.empty() || ref.region.empty() || ref.name.empty()) return std::nullopt;
  return ref;
}

std::string QueueRef::arn() const {
  return fmt::format("arn:aws:sqs:{}:{}:{}", region, account, name);
}

std::string QueueRef::url(const wire::Call& call) const {
  const std::string_view host = call.request ? call.request->headers.get("Host") : std::string_view();
  if (host.empty()) return fmt::format("https://sqs.{}.amazonaws.com/{}/{}", region, account, name);
  return fmt::format("{}://{}/{}/{}", call.tls ? "https" : "http", host, account, name);
}

Async<QueueRecord> require_queue(store::Transaction& tx, QueueRef ref) {
  TRY(auto queue, co_await Tables(tx, ref).queues.get(store::Key(ref.name)));
  if (!queue) co_return errors::no_such_queue();
  co_return *std::move(queue);
}

}  // namespace hearth::services::sqs
