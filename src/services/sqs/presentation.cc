#include "services/sqs/presentation.h"

#include <algorithm>

#include "services/sqs/digests.h"
#include "services/sqs/errors.h"
#include "services/sqs/message.h"

namespace hearth::services::sqs {
namespace {

constexpr std::string_view kSystemNames[] = {"SenderId",
                                             "SentTimestamp",
                                             "ApproximateReceiveCount",
                                             "ApproximateFirstReceiveTimestamp",
                                             "SequenceNumber",
                                             "MessageDeduplicationId",
                                             "MessageGroupId",
                                             "AWSTraceHeader",
                                             "DeadLetterQueueSourceArn"};

}  // namespace

Result<Selection> Selection::of(const api::sqs::ReceiveMessageRequest& input) {
  Selection selection;
  for (const auto* names : {&input.attribute_names, &input.message_system_attribute_names}) {
    if (!*names) continue;
    for (const std::string& name : **names) {
      if (name == "All") {
        selection.all_system_ = true;
      } else if (std::ranges::find(kSystemNames, name) == std::end(kSystemNames)) {
        return fail(errors::unknown_attribute(name));
      } else {
        selection.system_.insert(name);
      }
    }
  }
  if (!input.message_attribute_names) return selection;
  for (const std::string& name : *input.message_attribute_names) {
    if (name == "All" || name == ".*") {
      selection.all_ = true;
    } else if (name.ends_with(".*")) {
      selection.prefixes_.push_back(name.substr(0, name.size() - 1));
    } else {
      selection.names_.insert(name);
    }
  }
  return selection;
}

bool Selection::selects(const std::string& attribute) const {
  return all_ || names_.contains(attribute) || std::ranges::any_of(prefixes_, [&](const std::string& prefix) {
           return attribute.starts_with(prefix);
         });
}

api::sqs::Message Selection::present(const Claim& claim, MessageRecord record, std::string handle) const {
  api::sqs::Message message{.message_id = uuid_text(claim.message.id),
                            .receipt_handle = std::move(handle),
                            .md5_of_body = std::move(record.body_md5),
                            .body = std::move(record.body)};
  std::map<std::string, std::string> system;
  const auto add = [&](const char* name, std::string text) {
    if (!text.empty() && (all_system_ || system_.contains(name))) system.emplace(name, std::move(text));
  };
  add("SenderId", std::move(record.sender_id));
  add("SentTimestamp", std::to_string(record.sent_ms));
  add("ApproximateReceiveCount", std::to_string(claim.receipt.receives));
  add("ApproximateFirstReceiveTimestamp", std::to_string(claim.receipt.first_ms));
  add("SequenceNumber", record.sequence == 0 ? std::string() : sequence_text(record.sequence));
  add("MessageDeduplicationId", std::move(record.deduplication_id));
  add("MessageGroupId", std::move(record.group));
  add("AWSTraceHeader", std::move(record.trace));
  add("DeadLetterQueueSourceArn", std::move(record.source_arn));
  if (!system.empty()) message.attributes = std::move(system);

  std::erase_if(record.attributes, [&](const auto& each) { return !selects(each.first); });
  if (record.attributes.empty()) return message;
  message.md5_of_message_attributes = attributes_digest(record.attributes);
  auto& shown = message.message_attributes.emplace();
  for (auto& [name, attribute] : record.attributes) {
    auto& value = shown[name];
    value.data_type = attribute.type;
    (attribute.binary() ? value.binary_value : value.string_value) = std::move(attribute.value);
  }
  return message;
}

}  // namespace hearth::services::sqs
