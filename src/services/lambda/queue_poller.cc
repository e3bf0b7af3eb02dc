#include "services/lambda/queue_poller.h"

#include <algorithm>

#include "base/log.h"
#include "base/text_member.h"
#include "services/lambda/idleness.h"
#include "services/lambda/queue_event.h"
#include "services/lambda/runner.h"

namespace hearth::services::lambda {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kPlacesFirst = 5;
constexpr size_t kPlacesMax = 1250;
constexpr int64_t kReceiveMax = 10;
constexpr seconds kLongPoll(3);  // stopping takes so long
constexpr size_t kEventBytesMax = 6 * 1024 * 1024;
constexpr milliseconds kBetweenReceives(5);
constexpr milliseconds kPauseFirst(250);
constexpr milliseconds kPauseMax(30'000);
constexpr milliseconds kThrottledFirst(100);
constexpr milliseconds kThrottledMax(5'000);
constexpr int64_t kVisibilityDefault = 30;
constexpr std::string_view kThrottled = "TooManyRequestsException";

}  // namespace

struct QueuePoller::Batch {
  std::string role_arn;
  std::vector<std::string> records;
  std::vector<std::string> ids;
  std::vector<std::string> handles;
  size_t bytes = 0;
  std::string trace;  // of the first message that has one
  SteadyTime begun;
  std::vector<json::object> left_over;  // did not fit any more
  bool idle = true;                     // nothing has come, wanted or not
};

QueuePoller::QueuePoller(Parts& parts, FunctionRef function, MappingRecord mapping)
    : parts_(parts),
      function_(std::move(function)),
      mapping_(std::move(mapping)),
      queue_(parts, function_, mapping_.source_arn),
      places_max_(static_cast<size_t>(mapping_.concurrency_max.value_or(kPlacesMax))) {
  places_ = std::min(kPlacesFirst, places_max_);
  for (const std::string& filter : mapping_.filters) {
    auto pattern = delivery::Pattern::parse(filter);
    if (pattern) filters_.push_back(*std::move(pattern));
  }
}

Task<void> QueuePoller::trouble(std::string_view what, const Error& error) {
  if (pause_ == milliseconds(0)) {
    log::warn("{} for {}: {}: {}", mapping_.source_arn, mapping_.function_arn, what, error.message);
  }
  pause_ = std::clamp(pause_ * 2, kPauseFirst, kPauseMax);
  co_await io::sleep_for(pause_);
}

Task<std::string> QueuePoller::function_ready() {
  for (;;) {
    const auto target = co_await parts_.targets.find(function_);
    if (target) {
      const VersionRecord& version = (*target)->resolved.version;
      const Status invocable = co_await make_invocable(parts_, function_, version);
      if (invocable) co_return version.role;
      co_await trouble("the function cannot be invoked", invocable.error());
    } else {
      co_await trouble("there is no function", target.error());
    }
  }
}

void QueuePoller::stop() {
  stopping_ = true;
  if (!has_messages_) receiving_.cancel();
}

Task<void> QueuePoller::receive() {
  while (!stopping_) {
    has_messages_ = false;
    std::string role_arn = co_await function_ready();
    while (running_ >= places_) co_await freed_.pop();
    has_messages_ = true;
    auto batch = co_await gather(std::move(role_arn));
    if (!batch) {
      has_messages_ = false;
      if (stopping_) co_return;
      co_await trouble("messages cannot be received", batch.error());
      continue;
    }
    pause_ = milliseconds(0);
    // A queue that does not let us wait is not asked in a circle.
    if (batch->idle) co_await io::sleep_for(kBetweenReceives);
    // What did not fit is a batch of its own, as its messages are ours already.
    while (!batch->records.empty()) {
      Batch rest{.role_arn = batch->role_arn, .begun = batch->begun};
      std::vector<json::object> records = std::move(batch->left_over);
      batch->left_over.clear();
      ++running_;
      batches_.spawn(run(*std::move(batch)));
      for (json::object& record : records) add(rest, std::move(record));
      batch = std::move(rest);
    }
  }
}

bool QueuePoller::is_full(const Batch& batch) const {
  return std::cmp_greater_equal(batch.records.size(), mapping_.batch_size) || !batch.left_over.empty();
}

void QueuePoller::add(Batch& batch, json::object record) const {
  std::string text = to_text(record);
  if (is_full(batch) || (!batch.records.empty() && batch.bytes + text.size() > kEventBytesMax)) {
    batch.left_over.push_back(std::move(record));
    return;
  }
  if (batch.records.empty()) batch.begun = parts_.clock.steady_now();
  if (const json::value* attributes = record.if_contains("attributes"); batch.trace.empty() && attributes)
    batch.trace = text_member(attributes->get_object(), "AWSTraceHeader");
  batch.bytes += text.size() + 1;
  batch.records.push_back(std::move(text));
  batch.ids.push_back(text_member(record, "messageId"));
  batch.handles.push_back(text_member(record, "receiptHandle"));
}

Async<void> QueuePoller::receive_into(Batch& batch, int64_t wait_seconds) {
  const int64_t room = mapping_.batch_size - static_cast<int64_t>(batch.records.size());
  TRY(const auto messages,
      co_await queue_.receive(batch.role_arn, std::min(room, kReceiveMax), wait_seconds));
  batch.idle = batch.idle && messages.empty();
  std::vector<std::string> unwanted;
  for (const json::object& message : messages) {
    json::object record = queue_record(
        message,
        {.arn = mapping_.source_arn, .region = function_.region, .filtered = !mapping_.filters.empty()});
    if (wanted(filters_, record)) {
      add(batch, std::move(record));
    } else {
      unwanted.push_back(text_member(record, "receiptHandle"));
    }
  }
  co_return co_await queue_.remove(batch.role_arn, std::move(unwanted));
}

Async<QueuePoller::Batch> QueuePoller::gather(std::string role_arn) {
  Batch batch{.role_arn = std::move(role_arn)};
  TRY_VOID(co_await receive_into(batch, kLongPoll.count()));
  if (batch.records.empty()) co_return batch;
  const SteadyTime end = batch.begun + seconds(mapping_.window_seconds);
  while (!is_full(batch) && !stopping_) {
    const auto left = end - parts_.clock.steady_now();
    if (left <= left.zero()) break;
    // Receives wait whole seconds; the last part of one is slept.
    const auto wait = std::min(std::chrono::floor<seconds>(left), kLongPoll);
    if (wait == seconds(0)) co_await io::sleep_for(left);
    const auto more = co_await receive_into(batch, wait.count());
    if (!more) break;  // what was gathered is not made to wait for the queue's recovery
    if (wait == seconds(0)) break;
  }
  co_return batch;
}

Task<void> QueuePoller::run(Batch batch) {
  const auto handled = co_await handle(batch);
  if (!handled) {
    log::info("{} messages of {} were not handled by {} and will come again: {}", batch.records.size(),
              mapping_.source_arn, mapping_.function_arn, handled.error().message);
  }
  --running_;
  if (freed_.empty()) freed_.push(true);
}

Async<void> QueuePoller::handle(Batch& batch) {
  TRY(const execution::Outcome outcome, co_await invoke(batch));
  if (outcome.function_error) co_return Error{"FunctionError", outcome.payload};
  std::vector<std::string> done = batch.handles;
  if (mapping_.reports_failures) {
    const auto failed =
        reported_failures(outcome.payload, std::set<std::string>(batch.ids.begin(), batch.ids.end()));
    if (!failed) co_return Error{"FunctionError", "its answer is no report of failures"};
    done.clear();
    for (size_t i = 0; i < batch.ids.size(); ++i) {
      if (!failed->contains(batch.ids[i])) done.push_back(batch.handles[i]);
    }
  }
  if (places_ < places_max_) ++places_;
  co_return co_await queue_.remove(batch.role_arn, std::move(done));
}

Async<execution::Outcome> QueuePoller::invoke(const Batch& batch) {
  execution::Invocation invocation{.request_id = parts_.random.uuid(),
                                   .payload = queue_event(batch.records),
                                   .function_arn = mapping_.function_arn,
                                   .trace = execution::Trace::parse(batch.trace),
                                   .queued = true};
  invocation.trace.begin(parts_.clock.now(), parts_.random);
  std::optional<SteadyTime> end;
  for (milliseconds wait = kThrottledFirst;; wait = std::min(wait * 2, kThrottledMax)) {
    TRY(TargetPtr target, co_await parts_.targets.find(function_));
    auto outcome = co_await run_function(parts_, function_, std::move(target), invocation);
    if (outcome || outcome.error().code != kThrottled) co_return outcome;
    places_ = std::max<size_t>(1, std::min(places_, running_) / 2);
    // Half of the time that the messages are ours, so that the function has the other half.
    if (!end) {
      const auto visibility = co_await queue_.visibility_seconds(batch.role_arn);
      end = batch.begun + seconds(visibility.value_or(kVisibilityDefault)) / 2;
    }
    if (parts_.clock.steady_now() + wait >= *end) co_return outcome;
    co_await io::sleep_for(wait);
  }
}

}  // namespace hearth::services::lambda
