#include "services/sqs/receiving.h"

#include "base/unless_empty.h"
#include "services/sqs/batch.h"
#include "services/sqs/message.h"

namespace hearth::services::sqs {
namespace {

namespace ops = api::sqs::ops;

Status check_visibility(int64_t seconds, std::string_view reason) {
  if (seconds >= 0 && seconds <= limits::kVisibilityMaxS) return {};
  return fail(errors::invalid_value(std::to_string(seconds), "VisibilityTimeout", reason));
}

Status check_receive(const api::sqs::ReceiveMessageRequest& input) {
  const int64_t count = input.max_number_of_messages.value_or(1);
  if (count < 1 || count > limits::kReceiveMax) {
    return fail(
        errors::invalid_value(std::to_string(count), "MaxNumberOfMessages",
                              fmt::format("Must be between 1 and {}, if provided.", limits::kReceiveMax)));
  }
  const int64_t wait_s = input.wait_time_seconds.value_or(0);
  if (wait_s < 0 || wait_s > limits::kWaitMaxS) {
    return fail(
        errors::invalid_value(std::to_string(wait_s), "WaitTimeSeconds",
                              fmt::format("Must be >= 0 and <= {}, if provided.", limits::kWaitMaxS)));
  }
  return check_visibility(input.visibility_timeout.value_or(0),
                          fmt::format("Must be >= 0 and <= {}, if provided.", limits::kVisibilityMaxS));
}

Status check_attempt(const QueueRecord& queue, const std::string& attempt) {
  constexpr std::string_view kParameter = "ReceiveRequestAttemptId";
  if (attempt.empty()) return {};
  if (!queue.fifo) return fail(errors::not_for_this_queue(attempt, kParameter));
  if (!is_id(attempt)) return fail(errors::invalid_id(attempt, kParameter));
  return {};
}

// Runs `change` (transaction, queue, entry -> Async<void>) on each entry of a batch, all in one transaction;
// gives the ids of those that went well and what the others failed with.
struct Outcome {
  std::vector<std::string> done;
  std::vector<api::sqs::BatchResultErrorEntry> failed;
};
template <typename Entry, typename Change>
Async<Outcome> change_each(store::Store& store, const QueueRef& ref, const std::vector<Entry>& entries,
                           const Change& change) {
  auto body = [&](store::Transaction& tx) -> Async<Outcome> {
    TRY(const QueueRecord queue, co_await require_queue(tx, ref));
    Outcome outcome;
    for (const Entry& entry : entries) {
      const Status changed = co_await change(tx, queue, entry);
      if (changed) {
        outcome.done.push_back(entry.id);
      } else if (fails_alone(changed.error())) {
        outcome.failed.push_back(failed_entry(entry.id, changed.error()));
      } else {
        co_return changed.error();
      }
    }
    co_return outcome;
  };
  co_return co_await store.transact(body);
}

template <typename Output, typename Done>
Output batch_output(Outcome outcome) {
  std::vector<Done> successful;
  for (std::string& id : outcome.done) successful.push_back({.id = std::move(id)});
  return {.successful = unless_empty(std::move(successful)),
          .failed = unless_empty(std::move(outcome.failed))};
}

}  // namespace

void Receiving::mount(wire::Router& router) {
  router.on<ops::ReceiveMessage>(*this, &Receiving::receive);
  router.on<ops::DeleteMessage>(*this, &Receiving::remove);
  router.on<ops::DeleteMessageBatch>(*this, &Receiving::remove_batch);
  router.on<ops::ChangeMessageVisibility>(*this, &Receiving::change_visibility);
  router.on<ops::ChangeMessageVisibilityBatch>(*this, &Receiving::change_visibility_batch);
}

// The steps before and after the wait have frames of their own, so that those who wait hold little.
[[gnu::noinline]] Async<Receiving::Plan> Receiving::make_plan(
    const Call& call, const api::sqs::ReceiveMessageRequest& input) const {
  Plan plan;
  TRY(plan.ref, QueueRef::of_url(call, input.queue_url));
  TRY_VOID(check_receive(input));
  TRY(plan.selection, Selection::of(input));
  auto look = [&](store::Transaction& tx) -> Async<QueueRecord> {
    co_return co_await require_queue(tx, plan.ref);
  };
  TRY(const QueueRecord queue, co_await parts_.store.read(look));
  plan.queue_id = queue.id;
  plan.attempt = input.receive_request_attempt_id.value_or("");
  TRY_VOID(check_attempt(queue, plan.attempt));
  plan.want = {.count = static_cast<size_t>(input.max_number_of_messages.value_or(1)),
               .visibility_s = input.visibility_timeout};
  plan.wait = std::chrono::seconds(input.wait_time_seconds.value_or(static_cast<int32_t>(queue.wait_s)));
  if (!plan.attempt.empty()) {
    TRY(plan.again, co_await attempts_.again(plan.ref, plan.attempt, plan.want.visibility_s));
  }
  co_return plan;
}

// Bodies are read after the claim: they do not change, and the claim stays short.
[[gnu::noinline]] Async<api::sqs::ReceiveMessageResult> Receiving::present(const Plan& plan,
                                                                           Result<Received> found) const {
  TRY(const Received received, std::move(found));
  if (received.claims.empty()) co_return api::sqs::ReceiveMessageResult{};
  if (!plan.attempt.empty() && !plan.again) {
    TRY_VOID(co_await attempts_.keep(plan.ref, plan.attempt, received));
  }
  const QueueRecord queue{.id = plan.queue_id, .contents = received.contents};
  auto read = [&](store::Transaction& tx) -> Async<std::vector<api::sqs::Message>> {
    Contents contents(tx, queue);
    std::vector<api::sqs::Message> messages;
    for (const Claim& claim : received.claims) {
      TRY(auto record, co_await contents.messages.get(claim.message.key()));
      if (!record) continue;  // deleted with an older handle, a moment ago
      const std::string handle = handles_.seal({.queue = queue.id,
                                                .contents = queue.contents,
                                                .message = claim.message,
                                                .receives = claim.receipt.receives});
      messages.push_back(plan.selection.present(claim, *std::move(record), handle));
    }
    co_return messages;
  };
  TRY(auto messages, co_await parts_.store.read(read));
  co_return api::sqs::ReceiveMessageResult{.messages = unless_empty(std::move(messages))};
}

Async<api::sqs::ReceiveMessageResult> Receiving::receive(const Call& call,
                                                         api::sqs::ReceiveMessageRequest input) {
  const Result<Plan> plan = co_await make_plan(call, input);
  if (!plan) co_return plan.error();
  if (plan->again) co_return co_await present(*plan, *plan->again);
  co_return co_await present(*plan,
                             co_await receivers_.receive(plan->ref, plan->queue_id, plan->want, plan->wait));
}

Async<ops::DeleteMessage::Output> Receiving::remove(const Call& call, api::sqs::DeleteMessageRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  auto body = [&](store::Transaction& tx) -> Async<ops::DeleteMessage::Output> {
    TRY(const QueueRecord queue, co_await require_queue(tx, ref));
    TRY_VOID(co_await receipts_.remove(tx, queue, input.receipt_handle));
    co_return ops::DeleteMessage::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::sqs::DeleteMessageBatchResult> Receiving::remove_batch(const Call& call,
                                                                  api::sqs::DeleteMessageBatchRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  TRY_VOID(check_batch(input.entries, "DeleteMessageBatchRequestEntry"));
  const auto change = [&](store::Transaction& tx, const QueueRecord& queue, const auto& entry) {
    return receipts_.remove(tx, queue, entry.receipt_handle);
  };
  TRY(Outcome outcome, co_await change_each(parts_.store, ref, *input.entries, change));
  co_return batch_output<api::sqs::DeleteMessageBatchResult, api::sqs::DeleteMessageBatchResultEntry>(
      std::move(outcome));
}

constexpr std::string_view kVisibilityRange = "VisibilityTimeout must be an integer between 0 and 43200";

Async<ops::ChangeMessageVisibility::Output> Receiving::change_visibility(
    const Call& call, api::sqs::ChangeMessageVisibilityRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  TRY_VOID(check_visibility(input.visibility_timeout, kVisibilityRange));
  auto body = [&](store::Transaction& tx) -> Async<ops::ChangeMessageVisibility::Output> {
    TRY(const QueueRecord queue, co_await require_queue(tx, ref));
    TRY_VOID(co_await receipts_.change_visibility(tx, queue, input.receipt_handle, input.visibility_timeout));
    co_return ops::ChangeMessageVisibility::Output{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::sqs::ChangeMessageVisibilityBatchResult> Receiving::change_visibility_batch(
    const Call& call, api::sqs::ChangeMessageVisibilityBatchRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  TRY_VOID(check_batch(input.entries, "ChangeMessageVisibilityBatchRequestEntry"));
  const auto change = [&](store::Transaction& tx, const QueueRecord& queue,
                          const auto& entry) -> Async<void> {
    if (!entry.visibility_timeout) co_return errors::missing("VisibilityTimeout");
    TRY_VOID(check_visibility(*entry.visibility_timeout, kVisibilityRange));
    co_return co_await receipts_.change_visibility(tx, queue, entry.receipt_handle,
                                                   *entry.visibility_timeout);
  };
  TRY(Outcome outcome, co_await change_each(parts_.store, ref, *input.entries, change));
  co_return batch_output<api::sqs::ChangeMessageVisibilityBatchResult,
                         api::sqs::ChangeMessageVisibilityBatchResultEntry>(std::move(outcome));
}

}  // namespace hearth::services::sqs
