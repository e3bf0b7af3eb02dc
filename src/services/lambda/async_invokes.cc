#include "services/lambda/async_invokes.h"

#include <algorithm>

#include "base/log.h"
#include "services/lambda/destinations.h"
#include "services/lambda/durable/starts.h"
#include "services/lambda/idleness.h"
#include "services/lambda/recursion.h"
#include "services/lambda/runner.h"

namespace hearth::services::lambda {
namespace {

using std::chrono::seconds;

constexpr int64_t kRetriesDefault = 2;
constexpr std::string_view kRecursion = "RecursiveInvocationException";
constexpr std::string_view kSuccess = "Success";
// A function's events hold a place each while it runs.
constexpr delivery::QueueLimits kLimits{.in_flight_max = 1024, .group_in_flight_max = 512};
constexpr int64_t kAgeSecondsDefault = 21600;
constexpr seconds kRetryWaits[] = {seconds(60), seconds(120)};
constexpr seconds kPutBackFirst(1);
constexpr seconds kPutBackMax(300);

// A loop that was stopped must not go on over the record of that.
bool ends_a_loop(const Finished& finished, const std::string& destination) {
  if (finished.condition != kRecursion) return false;
  const wire::Call call{.account = finished.ref.account, .region = finished.ref.region};
  const auto function = FunctionRef::parse(call, destination);
  return function && passes_of(finished.trace, *function) == kPassesMax;
}

seconds age_max(const AsyncConfigRecord& config) {
  return seconds(config.age_seconds_max.value_or(kAgeSecondsDefault));
}

}  // namespace

struct AsyncInvokes::Event {
  std::string account;
  std::string region;
  std::string name;
  std::string qualifier;
  std::string request_id;
  std::string client_context;
  std::string trace_id;
  TimePoint enqueued;
  int64_t tries = 0;     // that ended in an error of the function
  int64_t put_back = 0;  // in a row
  std::string tenant;

  FunctionRef ref() const { return {account, region, name, qualifier}; }

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
    visit(2, self.region);
    visit(3, self.name);
    visit(4, self.qualifier);
    visit(5, self.request_id);
    visit(6, self.client_context);
    visit(7, self.trace_id);
    visit(8, self.enqueued);
    visit(9, self.tries);
    visit(10, self.put_back);
    visit(11, self.tenant);
  }
};

AsyncInvokes::AsyncInvokes(Parts& parts)
    : parts_(parts), queue_(parts.store, parts.clock, parts.random, "lambda-async", kLimits) {}

void AsyncInvokes::enqueue(store::Transaction& tx, const FunctionRef& ref,
                           const execution::Invocation& invocation) {
  const TimePoint now = parts_.clock.now();
  execution::Trace trace = invocation.trace;
  trace.begin(now, parts_.random);  // one for all tries
  const Event event{.account = ref.account,
                    .region = ref.region,
                    .name = ref.name,
                    .qualifier = ref.qualifier,
                    .request_id = invocation.request_id,
                    .client_context = invocation.client_context,
                    .trace_id = trace.header(),
                    .enqueued = now,
                    .tenant = invocation.tenant};
  queue_.enqueue(
      tx,
      {.header = store::encode(event), .body = invocation.payload, .lane = {.group = ref.arn(), .name = {}}},
      now);
}

Async<void> AsyncInvokes::enqueue(FunctionRef ref, execution::Invocation invocation) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    enqueue(tx, ref, invocation);
    co_return {};
  };
  co_return co_await parts_.store.transact(body);
}

Task<void> AsyncInvokes::run() {
  auto handler = [this](delivery::Message message) { return deliver(std::move(message)); };
  co_await queue_.run(handler);
}

Task<delivery::Verdict> AsyncInvokes::deliver(delivery::Message message) {
  auto event = store::decode<Event>(message.header);
  if (!event) {
    log::error("an asynchronous invoke is dropped: {}", event.error().message);
    co_return delivery::Verdict{};
  }
  co_return co_await attempt(*std::move(event), std::move(message.body));
}

Async<AsyncConfigRecord> AsyncInvokes::config_of(FunctionRef ref) {
  auto body = [&](store::Transaction& tx) -> Async<AsyncConfigRecord> {
    const store::Key key(ref.name, std::string(ref.qualifier_or_latest()));
    TRY(auto record, co_await Tables(tx, ref).async_configs.get(key));
    co_return std::move(record).value_or(AsyncConfigRecord{});
  };
  co_return co_await parts_.store.read(body);
}

Task<delivery::Verdict> AsyncInvokes::attempt(Event event, std::string payload) {
  const FunctionRef ref = event.ref();
  auto target = co_await parts_.targets.find(ref);
  const auto config = co_await config_of(ref);
  if (!target && target.error().code == "ResourceNotFoundException") {
    log::info("event {} for {} is dropped: {}", event.request_id, ref.arn(), target.error().message);
    co_return delivery::Verdict{};
  }
  if (!target || !config) co_return put_back(std::move(event), TimePoint::max());

  Finished finished{.ref = ref,
                    .role_arn = (*target)->resolved.version.role,
                    .request_id = event.request_id,
                    .tries = event.tries,
                    .payload = payload,
                    .trace = execution::Trace::parse(event.trace_id)};
  const std::string dead_letter_arn = (*target)->resolved.version.dead_letter_arn;
  const TimePoint expiry = event.enqueued + age_max(*config);
  if ((*target)->resolved.function.reserved_concurrency == 0) {
    finished.condition = "ZeroReservedConcurrency";
    co_return finish(finished, *config, dead_letter_arn);
  }
  if (parts_.clock.now() >= expiry) {
    finished.condition = "EventAgeExceeded";
    co_return finish(finished, *config, dead_letter_arn);
  }
  const auto invocable = co_await make_invocable(parts_, ref, (*target)->resolved.version);
  if (!invocable) co_return put_back(std::move(event), expiry);

  if ((*target)->resolved.version.durable)
    co_return start_durable(event, *std::move(target), std::move(payload));
  auto outcome = co_await run_once(parts_, ref, *std::move(target),
                                   {.request_id = event.request_id,
                                    .payload = std::move(payload),
                                    .function_arn = ref.qualified_arn(),
                                    .client_context = event.client_context,
                                    .tenant = event.tenant,
                                    .trace = execution::Trace::parse(event.trace_id),
                                    .queued = true});
  if (!outcome && outcome.error().code == kRecursion) {
    finished.condition = kRecursion;
    co_return finish(finished, *config, dead_letter_arn);
  }
  if (!outcome) co_return put_back(std::move(event), expiry);
  finished.outcome = *std::move(outcome);
  finished.trace = execution::Trace::parse(finished.outcome->trace);
  co_return judge(std::move(event), std::move(finished), *config, dead_letter_arn);
}

delivery::Verdict AsyncInvokes::start_durable(const Event& event, TargetPtr target, std::string payload) {
  const FunctionRef ref = event.ref();
  const Status fits = DurableStarts::check(ref, target->resolved.version, false);
  if (!fits) {
    log::info("event {} for {} is dropped: {}", event.request_id, ref.arn(), fits.error().message);
    return {};
  }
  DurableStarts::Start start{.function = ref,
                             .target = std::move(target),
                             .invocation = {.request_id = event.request_id,
                                            .payload = std::move(payload),
                                            .client_context = event.client_context,
                                            .tenant = event.tenant,
                                            .trace = execution::Trace::parse(event.trace_id)}};
  return {.also = [this, start = std::move(start)](store::Transaction& tx) -> Async<void> {
    TRY_VOID(co_await parts_.durable->start(tx, start));
    co_return {};
  }};
}

delivery::Verdict AsyncInvokes::judge(Event event, Finished finished, const AsyncConfigRecord& config,
                                      const std::string& dead_letter_arn) {
  finished.tries = ++event.tries;
  event.put_back = 0;
  if (!finished.outcome->function_error) {
    finished.condition = kSuccess;
    return finish(finished, config, {});
  }
  if (event.tries <= config.retries_max.value_or(kRetriesDefault)) {
    const size_t wait = std::min<size_t>(static_cast<size_t>(event.tries) - 1, std::size(kRetryWaits) - 1);
    const TimePoint again_at = parts_.clock.now() + kRetryWaits[wait];
    if (again_at < event.enqueued + age_max(config)) {
      return {.again_at = again_at, .header = store::encode(event)};
    }
    finished.condition = "EventAgeExceeded";  // it would be too old by then
  } else {
    finished.condition = "RetriesExhausted";
  }
  return finish(finished, config, dead_letter_arn);
}

delivery::Verdict AsyncInvokes::finish(const Finished& finished, const AsyncConfigRecord& config,
                                       const std::string& dead_letter_arn) {
  const std::string& destination = finished.condition == kSuccess ? config.on_success : config.on_failure;
  std::vector<delivery::Delivery> deliveries;
  if (!destination.empty() && !ends_a_loop(finished, destination)) {
    deliveries.push_back(record_delivery(finished, destination, parts_.clock.now()));
  }
  if (!dead_letter_arn.empty()) deliveries.push_back(dead_letter(finished, dead_letter_arn));
  std::erase_if(deliveries, [&](const delivery::Delivery& one) {
    const bool too_large = one.body.size() > delivery::Queue::kBodyBytesMax;
    if (too_large)
      log::warn("the record of invoke {} is too large for {}", finished.request_id, one.target_arn);
    return too_large;
  });
  if (deliveries.empty()) return {};
  return {.also = [this, deliveries = std::move(deliveries)](store::Transaction& tx) -> Async<void> {
    for (const delivery::Delivery& one : deliveries) parts_.outbox.enqueue(tx, one);
    co_return {};
  }};
}

delivery::Verdict AsyncInvokes::put_back(Event event, TimePoint expiry) const {
  const int64_t doublings = std::min<int64_t>(event.put_back++, 9);
  const seconds wait = std::min(kPutBackFirst * (int64_t{1} << doublings), kPutBackMax);
  return {.again_at = std::min(parts_.clock.now() + wait, expiry), .header = store::encode(event)};
}

}  // namespace hearth::services::lambda
