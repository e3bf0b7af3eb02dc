#include "services/lambda/source_queue.h"

#include <fmt/format.h>

#include <array>

#include "api/lambda.h"
#include "api/sqs.h"
#include "base/log.h"
#include "delivery/target.h"
#include "services/lambda/destinations.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
constexpr size_t kBatchMax = 10;

// Which queue of which account, as operations are told: its URL.
std::string url_of(std::string_view arn) {
  const size_t name = arn.rfind(':');
  const size_t account = arn.rfind(':', name - 1);
  return fmt::format("https://sqs/{}/{}", arn.substr(account + 1, name - account - 1), arn.substr(name + 1));
}

std::string_view region_of(std::string_view arn) {
  for (int i = 0; i < 3; ++i) arn.remove_prefix(std::min(arn.find(':') + 1, arn.size()));
  return arn.substr(0, arn.find(':'));
}

}  // namespace

SourceQueue::SourceQueue(const Parts& parts, FunctionRef function, std::string arn)
    : parts_(parts),
      router_(parts.router),
      function_(std::move(function)),
      arn_(std::move(arn)),
      url_(url_of(arn_)) {}

Async<json::object> SourceQueue::call(std::string role_arn, std::string operation, json::object input) const {
  input["QueueUrl"] = url_;
  wire::Call call{.account = function_.account,
                  .region = std::string(region_of(arn_)),
                  .request_id = parts_.random.uuid(),
                  .clock = &parts_.clock,
                  .received_at = parts_.clock.now()};
  TRY(call.identity, co_await parts_.rights.identity_of(sender_of(function_, std::move(role_arn))));
  TRY(json::value output,
      co_await router_.call("sqs", std::move(operation), std::move(input), std::move(call)));
  co_return std::move(output.get_object());
}

Async<void> SourceQueue::check_rights(std::string role_arn) const {
  const std::array operations = {&api::sqs::ops::ReceiveMessage::kInfo, &api::sqs::ops::DeleteMessage::kInfo,
                                 &api::sqs::ops::GetQueueAttributes::kInfo};
  for (const wire::OperationInfo* operation : operations) {
    const Status allowed = co_await parts_.rights.require(sender_of(function_, role_arn), *operation, arn_);
    if (allowed) continue;
    if (allowed.error().code != delivery::kTargetDenied) co_return allowed.error();
    co_return errors::invalid_parameter_value_exception(fmt::format(
        "The provided execution role does not have permissions to call {} on SQS", operation->name));
  }
  co_return {};
}

Async<int64_t> SourceQueue::visibility_seconds(std::string role_arn) const {
  auto output = co_await call(std::move(role_arn), "GetQueueAttributes",
                              {{"AttributeNames", json::array{"VisibilityTimeout"}}});
  if (!output && output.error().code == "QueueDoesNotExist") {
    co_return errors::invalid_parameter_value_exception(
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
        "Error "
        "Message: The specified queue does not exist.");
  }
  if (!output) co_return std::move(output).error();
  const json::value* attributes = output->if_contains("Attributes");
  const json::value* timeout = attributes && attributes->is_object()
                                   ? attributes->get_object().if_contains("VisibilityTimeout")
                                   : nullptr;
  if (!timeout || !timeout->is_string())
    co_return Error{"ServiceException", "The queue has no visibility timeout."};
  co_return std::stoll(std::string(timeout->get_string()));
}

Async<std::vector<json::object>> SourceQueue::receive(std::string role_arn, int64_t count_max,
                                                      int64_t wait_seconds) const {
  TRY(auto output, co_await call(std::move(role_arn), "ReceiveMessage",
                                 {{"MaxNumberOfMessages", count_max},
                                  {"WaitTimeSeconds", wait_seconds},
                                  {"MessageAttributeNames", json::array{"All"}},
                                  {"MessageSystemAttributeNames", json::array{"All"}}}));
  std::vector<json::object> messages;
  if (json::value* given = output.if_contains("Messages"); given && given->is_array()) {
    for (json::value& message : given->get_array()) messages.push_back(std::move(message.get_object()));
  }
  co_return messages;
}

Async<void> SourceQueue::remove(std::string role_arn, std::vector<std::string> receipt_handles) const {
  for (size_t begin = 0; begin < receipt_handles.size(); begin += kBatchMax) {
    json::array entries;
    for (size_t i = begin; i < std::min(begin + kBatchMax, receipt_handles.size()); ++i) {
      entries.push_back(json::object{{"Id", std::to_string(i)}, {"ReceiptHandle", receipt_handles[i]}});
    }
    TRY(const auto output, co_await call(role_arn, "DeleteMessageBatch", {{"Entries", std::move(entries)}}));
    const json::value* failed = output.if_contains("Failed");
    if (failed && failed->is_array() && !failed->get_array().empty()) {
      log::warn("messages of {} that {} has handled will come again: {}", arn_, function_.arn(),
                to_text(*failed));
    }
  }
  co_return {};
}

}  // namespace hearth::services::lambda
