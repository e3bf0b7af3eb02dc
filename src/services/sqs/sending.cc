#include "services/sqs/sending.h"

#include <set>

#include "base/unless_empty.h"
#include "services/sqs/batch.h"

namespace hearth::services::sqs {
namespace {

namespace ops = api::sqs::ops;

std::optional<std::string> unless_blank(std::string text) {
  if (text.empty()) return std::nullopt;
  return std::optional(std::move(text));
}

// Of SendMessage's input, or a batch's entry.
template <typename Input>
Result<NewMessage> message_of(const wire::Call& call, Input input) {
  TRY_SYNC(auto attributes, attributes_of(input.message_attributes));
  TRY_SYNC(auto system_attributes, attributes_of(input.message_system_attributes));
  NewMessage message{
      .body = std::move(input.message_body),
      .attributes = std::move(attributes),
      .system_attributes = std::move(system_attributes),
      .group = std::move(input.message_group_id),
      .deduplication_id = std::move(input.message_deduplication_id),
      .sender_id = call.identity.user_id.empty() ? call.identity.account : call.identity.user_id};
  if (input.delay_seconds) message.delay_s = *input.delay_seconds;
  return message;
}

// In a batch what is missing is a value like any other that is wrong.
Error in_a_batch(Error error) {
  if (error.code == "MissingRequiredParameterException") error.code = "InvalidParameterValueException";
  return error;
}

struct Batch {
  std::vector<std::string> ids;
  std::vector<NewMessage> messages;  // that can be sent, with these ids
  std::vector<api::sqs::BatchResultErrorEntry> failed;
};

}  // namespace

void Sending::mount(wire::Router& router) {
  router.on<ops::SendMessage>(*this, &Sending::send);
  router.on<ops::SendMessageBatch>(*this, &Sending::send_batch);
}

Task<Sending::Passes> Sending::take_turns(const QueueRef& queue, std::vector<std::string> groups) {
  std::set<size_t> places;  // in their order, so that nobody waits for somebody who waits for him
  for (const std::string& group : groups)
    places.insert(std::hash<std::string>()(queue.arn() + group) % turns_.size());
  Passes passes;
  for (const size_t place : places) passes.push_back(co_await turns_[place].enter());
  co_return passes;
}

Async<api::sqs::SendMessageResult> Sending::send(const wire::Call& call, api::sqs::SendMessageRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  TRY(const NewMessage message, message_of(call, std::move(input)));
  std::vector<std::string> groups;
  if (ref.name.ends_with(".fifo") && message.group) groups.push_back(*message.group);
  const Passes passes = co_await take_turns(ref, std::move(groups));
  auto body = [&](store::Transaction& tx) -> Async<SentMessage> {
    co_return co_await sender_.send(tx, ref, message);
  };
  TRY(SentMessage sent, co_await parts_.store.transact(body));
  co_return api::sqs::SendMessageResult{
      .md5_of_message_body = std::move(sent.body_md5),
      .md5_of_message_attributes = unless_blank(std::move(sent.attributes_md5)),
      .md5_of_message_system_attributes = unless_blank(std::move(sent.system_attributes_md5)),
      .message_id = std::move(sent.id),
      .sequence_number = unless_blank(std::move(sent.sequence))};
}

Async<api::sqs::SendMessageBatchResult> Sending::send_batch(const wire::Call& call,
                                                            api::sqs::SendMessageBatchRequest input) {
  TRY(const QueueRef ref, QueueRef::of_url(call, input.queue_url));
  TRY_VOID(check_batch(input.entries, "SendMessageBatchRequestEntry"));
  Batch batch;
  std::vector<std::string> groups;
  size_t bytes = 0;
  for (auto& entry : *input.entries) {
    std::string id = entry.id;
    auto message = message_of(call, std::move(entry));
    if (!message) {
      batch.failed.push_back(failed_entry(std::move(id), in_a_batch(message.error())));
      continue;
    }
    bytes += message->size_bytes();
    if (ref.name.ends_with(".fifo") && message->group) groups.push_back(*message->group);
    batch.ids.push_back(std::move(id));
    batch.messages.push_back(*std::move(message));
  }
  if (std::cmp_greater(bytes, limits::kMessageBytesMax)) co_return errors::batch_too_long(bytes);
  const Passes passes = co_await take_turns(ref, std::move(groups));
  auto body = [&](store::Transaction& tx) -> Async<api::sqs::SendMessageBatchResult> {
    TRY(const QueueRecord queue, co_await require_queue(tx, ref));
    std::vector<api::sqs::SendMessageBatchResultEntry> successful;
    auto failed = batch.failed;
    for (size_t at = 0; at < batch.messages.size(); ++at) {
      const NewMessage& message = batch.messages[at];
      Status good = check(message, queue);
      if (good && std::cmp_greater(message.size_bytes(), queue.size_max)) {
        good = fail(errors::entry_too_long(queue.size_max));
      }
      if (!good) {
        failed.push_back(failed_entry(batch.ids[at], in_a_batch(good.error())));
        continue;
      }
      TRY(SentMessage sent, co_await sender_.put(tx, queue, message));
      successful.push_back(
          {.id = batch.ids[at],
           .message_id = std::move(sent.id),
           .md5_of_message_body = std::move(sent.body_md5),
           .md5_of_message_attributes = unless_blank(std::move(sent.attributes_md5)),
           .md5_of_message_system_attributes = unless_blank(std::move(sent.system_attributes_md5)),
           .sequence_number = unless_blank(std::move(sent.sequence))});
    }
    co_return api::sqs::SendMessageBatchResult{.successful = unless_empty(std::move(successful)),
                                               .failed = unless_empty(std::move(failed))};
  };
  co_return co_await parts_.store.transact(body);
}

}  // namespace hearth::services::sqs
