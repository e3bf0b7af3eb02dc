#include "services/sqs/queue_target.h"

#include "api/sqs.h"

namespace hearth::services::sqs {
namespace {

using delivery::target_error;

Error no_queue(const std::string& arn) {
  return target_error(delivery::kTargetMissing, "there is no queue " + arn);
}

// What SendMessage would have answered, as senders of events take it.
Error in_words_of_delivery(Error error) {
  if (error.code.starts_with("Store") || error.code == "CorruptRecord") return error;
  const bool missing = error.code == "QueueDoesNotExist";
  return target_error(missing ? delivery::kTargetMissing : delivery::kTargetRefused,
                      std::move(error.message));
}

}  // namespace

Async<void> QueueTarget::check(delivery::Sender sender, std::string arn, std::string) {
  const auto ref = QueueRef::of_arn(arn);
  if (!ref) co_return no_queue(arn);
  auto exists = [&](store::Transaction& tx) -> Async<QueueRecord> {
    co_return co_await require_queue(tx, *ref);
  };
  const auto queue = co_await store_.read(exists);
  if (!queue) co_return in_words_of_delivery(queue.error());
  co_return co_await rights_.require(std::move(sender), api::sqs::ops::SendMessage::kInfo, std::move(arn));
}

Async<void> QueueTarget::take(store::Transaction& tx, const delivery::Delivery& delivery) {
  const auto ref = QueueRef::of_arn(delivery.target_arn);
  if (!ref) co_return no_queue(delivery.target_arn);
  auto sender = co_await rights_.identity_of(delivery.sender);
  if (!sender) co_return target_error(delivery::kTargetDenied, std::move(sender).error().message);
  NewMessage message{.body = delivery.body,
                     .group = delivery.group,
                     .deduplication_id = delivery.deduplication_id,
                     .sender_id = sender->user_id.empty() ? sender->service : sender->user_id};
  for (const auto& [name, attribute] : delivery.attributes)
    message.attributes[name] = {attribute.type, attribute.value};
  if (!delivery.trace.empty()) message.system_attributes["AWSTraceHeader"] = {"String", delivery.trace};
  const auto sent = co_await sender_.send(tx, *ref, std::move(message));
  if (!sent) co_return in_words_of_delivery(sent.error());
  co_return {};
}

}  // namespace hearth::services::sqs
