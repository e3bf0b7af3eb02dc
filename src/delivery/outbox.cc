#include "delivery/outbox.h"

#include <algorithm>

#include "base/log.h"
#include "store/record.h"

namespace hearth::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWaitFirst(1000);
constexpr milliseconds kWaitMax(300'000);
constexpr int64_t kDoublingsMax = 9;

}  // namespace

// A delivery without its body, as the queue keeps it, and what became of it.
struct Outbox::Tried {
  Delivery delivery;
  TimePoint since;
  int64_t tries = 0;
  int64_t age_seconds_max = 0;

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    auto& delivery = self.delivery;
    visit(1, delivery.sender);
    visit(2, delivery.target_arn);
    visit(3, delivery.attributes);
    visit(4, delivery.trace);
    visit(5, delivery.group);
    visit(6, delivery.deduplication_id);
    visit(7, delivery.order);
    visit(8, delivery.retries.tries_max);
    visit(9, self.age_seconds_max);
    visit(10, delivery.dead_letter_arn);
    visit(11, delivery.id);
    visit(12, self.since);
    visit(13, self.tries);
    visit(14, delivery.about);
    visit(15, delivery.key);
  }
};

Outbox::Outbox(store::Store& store, const Targets& targets, const Clock& clock, Random& random)
    : targets_(targets),
      clock_(clock),
      random_(random),
      queue_(store, clock, random, "outbox", {.group_in_flight_max = kToTargetMax}) {}

void Outbox::enqueue(store::Transaction& tx, Delivery delivery) {
  if (delivery.id.empty()) delivery.id = random_.uuid();
  const int64_t age = delivery.retries.age_max.count();
  put(tx, {.delivery = std::move(delivery), .since = clock_.now(), .age_seconds_max = age});
}

void Outbox::put(store::Transaction& tx, Tried tried) {
  const Delivery& delivery = tried.delivery;
  queue_.enqueue(tx,
                 {.header = store::encode(tried),
                  .body = delivery.body,
                  .lane = {.group = delivery.target_arn, .name = delivery.sender.arn},
                  .order = delivery.order},
                 clock_.now());
}

Task<void> Outbox::run() {
  auto handler = [this](Message message) { return handle(std::move(message)); };
  co_await queue_.run(handler);
}

Task<Verdict> Outbox::handle(Message message) {
  auto tried = store::decode<Tried>(message.header);
  if (!tried) {
    log::error("a delivery is dropped: {}", tried.error().message);
    co_return Verdict{};
  }
  tried->delivery.body = std::move(message.body);
  co_return co_await attempt(*std::move(tried));
}

Task<Verdict> Outbox::attempt(Tried tried) {
  ++tried.tries;
  Target* target = targets_.find(tried.delivery.target_arn);
  if (!target) {
    co_return failed(std::move(tried), target_error(kTargetMissing, "nothing of that kind takes events"));
  }
  const auto checked =
      co_await target->check(tried.delivery.sender, tried.delivery.target_arn, tried.delivery.key);
  if (!checked) co_return failed(std::move(tried), checked.error());
  // The same object for both, as either may come to need it.
  const auto shared = std::make_shared<Tried>(std::move(tried));
  co_return Verdict{.also = [target, shared](store::Transaction& tx) -> Async<void> {
                      return target->take(tx, shared->delivery);
                    },
                    .otherwise = [this, shared](Error error) { return failed(*shared, std::move(error)); }};
}

Verdict Outbox::failed(Tried tried, Error error) {
  if (is_final(error)) return give_up(std::move(tried), std::move(error), {});
  const TimePoint end = tried.since + std::chrono::seconds(tried.age_seconds_max);
  if (tried.tries >= tried.delivery.retries.tries_max) {
    return give_up(std::move(tried), std::move(error), "MaximumRetryAttempts");
  }
  const TimePoint now = clock_.now();
  if (now >= end) return give_up(std::move(tried), std::move(error), "MaximumEventAgeInSeconds");
  // Between half of the wait and all of it, so that what failed together does not come back together.
  const milliseconds wait =
      std::min(kWaitFirst * (int64_t{1} << std::min(tried.tries - 1, kDoublingsMax)), kWaitMax);
  const milliseconds jitter(static_cast<int64_t>(random_.below(static_cast<uint64_t>(wait.count()) / 2)));
  return {.again_at = std::min<TimePoint>(now + wait - jitter, end), .header = store::encode(tried)};
}

Verdict Outbox::give_up(Tried tried, Error error, std::string exhausted) {
  Delivery& delivery = tried.delivery;
  log::warn("{} of {} cannot go to {}: {}", delivery.about.empty() ? "event " + delivery.id : delivery.about,
            delivery.sender.arn, delivery.target_arn, error.message);
  if (delivery.dead_letter_arn.empty()) return {};
  // Attributes in the names that rules and schedules have for them.
  Delivery letter{.sender = delivery.sender,
                  .target_arn = delivery.dead_letter_arn,
                  .body = std::move(delivery.body),
                  .attributes = std::move(delivery.attributes),
                  .trace = delivery.trace,
                  .retries = delivery.retries,
                  .id = delivery.id,
                  .about = delivery.about};
  letter.attributes["TARGET_ARN"] = {"String", delivery.target_arn};
  letter.attributes["ERROR_CODE"] = {"String", error.code};
  letter.attributes["ERROR_MESSAGE"] = {"String", error.message};
  letter.attributes["RETRY_ATTEMPTS"] = {"Number", std::to_string(tried.tries - 1)};
  if (!exhausted.empty()) letter.attributes["EXHAUSTED_RETRY_CONDITION"] = {"String", exhausted};
  return {.also = [this, letter = std::move(letter)](store::Transaction& tx) -> Async<void> {
    enqueue(tx, letter);
    co_return {};
  }};
}

}  // namespace hearth::delivery
