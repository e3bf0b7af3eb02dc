#include "services/kinesis/subscription.h"

#include "services/kinesis/limits.h"
#include "services/kinesis/page.h"
#include "wire/document.h"
#include "wire/event_stream.h"
#include "wire/json_body.h"

namespace hearth::services::kinesis {
namespace {

constexpr std::chrono::seconds kQuiet(5);
// A watch may forget to tell (store/watch.h).
constexpr std::chrono::seconds kReadAgain(1);
constexpr std::string_view kJson = "application/x-amz-json-1.1";

std::string event_of(Page page) {
  const auto message = wire::to_document(std::move(page.shown));
  std::string json = "{";
  wire::write_members(api::kinesis::GetRecordsOutput::shape(), message.document, json);
  json += ",\"ContinuationSequenceNumber\":\"" + page.behind + "\"}";
  return wire::event_message("SubscribeToShardEvent", kJson, json);
}

}  // namespace

Async<std::string> Subscription::read() {
  if (!std::exchange(greeted_, true)) co_return wire::event_message("initial-response", kJson, "{}");
  if (over_) co_return std::string();
  auto told = co_await event();
  if (told) co_return told;
  // The stream was deleted; what has begun can only end.
  over_ = true;
  co_return std::string();
}

Async<std::string> Subscription::event() {
  const SteadyTime end = begun_ + limits::kSubscriptionLife;
  const SteadyTime quiet_until = std::min(end, parts_.clock.steady_now() + kQuiet);
  store::Watch watch = parts_.store.watch(records_of(at_.id, at_.shard).bytes());
  for (;;) {
    auto body = [&](store::Transaction& tx) -> Async<Page> {
      co_return co_await page_from(tx, at_, limits::kGetRecordsMax, parts_.clock.now());
    };
    TRY(Page page, co_await parts_.store.read(body));
    at_.from = page.next;
    over_ = page.ended;
    const SteadyTime now = parts_.clock.steady_now();
    if (!page.shown.records.empty() || page.ended || now >= quiet_until) {
      over_ = over_ || now >= end;
      co_return event_of(std::move(page));
    }
    co_await watch.changed(std::min(quiet_until, now + kReadAgain));
  }
}

}  // namespace hearth::services::kinesis
