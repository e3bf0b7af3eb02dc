#include "services/lambda/queue_event.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"

namespace hearth::services::lambda {
namespace {

json::value member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? *value : json::value();
}

json::object message_attribute(const json::object& attribute) {
  json::object out;
  if (const json::value* text = attribute.if_contains("StringValue")) out["stringValue"] = *text;
  if (const json::value* bytes = attribute.if_contains("BinaryValue"))
    out["binaryValue"] = base64_encode(bytes->get_string());
  out["stringListValues"] = json::array();
  out["binaryListValues"] = json::array();
  out["dataType"] = member(attribute, "DataType");
  return out;
}

}  // namespace

json::object queue_record(const json::object& message, const QueueRecordOptions& options) {
  json::object record{{"messageId", member(message, "MessageId")},
                      {"receiptHandle", member(message, "ReceiptHandle")},
                      {"body", member(message, "Body")}};
  const json::value* attributes = message.if_contains("Attributes");
  record["attributes"] = attributes ? *attributes : json::object();
  json::object& own = record["messageAttributes"].emplace_object();
  if (const json::value* given = message.if_contains("MessageAttributes")) {
    for (const auto& [name, attribute] : given->get_object())
      own[name] = message_attribute(attribute.get_object());
  }
  const json::value* digest = message.if_contains("MD5OfMessageAttributes");
  if (digest || options.filtered) record["md5OfMessageAttributes"] = digest ? *digest : json::value();
  record["md5OfBody"] = member(message, "MD5OfBody");
  record["eventSource"] = "aws:sqs";
  record["eventSourceARN"] = options.arn;
  record["awsRegion"] = options.region;
  return record;
}

bool wanted(const std::vector<delivery::Pattern>& patterns, const json::object& record) {
  if (patterns.empty()) return true;
  json::object seen = record;
  if (const json::value* body = record.if_contains("body"); body && body->is_string()) {
    auto document = parse_json(body->get_string());
    if (document && document->is_structured()) seen["body"] = *std::move(document);
  }
  const json::value event(std::move(seen));
  return std::ranges::any_of(patterns,
                             [&](const delivery::Pattern& pattern) { return pattern.matches(event); });
}

std::string queue_event(const std::vector<std::string>& records) {
  std::string event = R"({"Records":[)";
  for (const std::string& record : records) {
    if (&record != &records.front()) event += ',';
    event += record;
  }
  return event + "]}";
}

std::optional<std::set<std::string>> reported_failures(std::string_view answer,
                                                       const std::set<std::string>& ids) {
  std::set<std::string> failed;
  const auto document = parse_json(answer);
  if (!document) return answer.empty() ? std::optional(failed) : std::nullopt;
  if (document->is_null() || (document->is_string() && document->get_string().empty())) return failed;
  const json::object* object = document->if_object();
  if (!object) return std::nullopt;
  const json::value* items = object->if_contains("batchItemFailures");
  if (!items || items->is_null()) return failed;
  if (!items->is_array()) return std::nullopt;
  for (const json::value& item : items->get_array()) {
    const json::object* one = item.if_object();
    const json::value* id = one ? one->if_contains("itemIdentifier") : nullptr;
    if (!id || !id->is_string() || !ids.contains(std::string(id->get_string()))) return std::nullopt;
    failed.emplace(id->get_string());
  }
  return failed;
}

}  // namespace hearth::services::lambda
