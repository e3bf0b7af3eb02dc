#include "services/sqs/attributes.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/json.h"
#include "base/whole_number.h"
#include "identity/policy/policy.h"
#include "services/sqs/errors.h"

namespace hearth::services::sqs {
namespace {

struct Number {
  std::string_view name;
  int64_t QueueRecord::* field;
  int64_t min;
  int64_t max;
};
constexpr Number kNumbers[] = {
    {"VisibilityTimeout", &QueueRecord::visibility_s, 0, limits::kVisibilityMaxS},
    {"DelaySeconds", &QueueRecord::delay_s, 0, limits::kDelayMaxS},
    {"MessageRetentionPeriod", &QueueRecord::retention_s, limits::kRetentionMinS, limits::kRetentionMaxS},
    {"MaximumMessageSize", &QueueRecord::size_max, limits::kMessageBytesMin, limits::kMessageBytesMax},
    {"ReceiveMessageWaitTimeSeconds", &QueueRecord::wait_s, 0, limits::kWaitMaxS},
};
constexpr std::string_view kCounts[] = {"ApproximateNumberOfMessages",
                                        "ApproximateNumberOfMessagesNotVisible",
                                        "ApproximateNumberOfMessagesDelayed"};
constexpr std::string_view kOthers[] = {"All",
                                        "Policy",
                                        "CreatedTimestamp",
                                        "LastModifiedTimestamp",
                                        "QueueArn",
                                        "FifoQueue",
                                        "RedrivePolicy",
                                        "ContentBasedDeduplication",
                                        "KmsMasterKeyId",
                                        "RedriveAllowPolicy",
                                        "KmsDataKeyReusePeriodSeconds",
                                        "DeduplicationScope",
                                        "FifoThroughputLimit",
                                        "SqsManagedSseEnabled"};

Status set_number(QueueRecord& queue, const Number& attribute, const std::string& text) {
  const auto value = whole_number<int64_t>(text);
  if (!value || *value < attribute.min || *value > attribute.max)
    return fail(errors::invalid_attribute(attribute.name));
  queue.*attribute.field = *value;
  return {};
}

Error invalid_redrive(const std::string& text, std::string_view reason) {
  return errors::invalid_value(text, "RedrivePolicy", reason);
}

Status set_redrive(QueueRecord& queue, const std::string& text) {
  queue.redrive = text;
  queue.dead_letter_arn.clear();
  queue.receives_max = 0;
  if (text.empty()) return {};
  const auto parsed = parse_json(text);
  const json::object* policy = parsed ? parsed->if_object() : nullptr;
  if (!policy) return fail(invalid_redrive(text, "Redrive policy is not a valid JSON map."));
  const json::value* target = policy->if_contains("deadLetterTargetArn");
  const json::value* count = policy->if_contains("maxReceiveCount");
  for (const auto& [name, value] :
       {std::pair("deadLetterTargetArn", target), std::pair("maxReceiveCount", count)}) {
    if (value && !value->is_null()) continue;
    return fail(
        invalid_redrive(text, fmt::format("Redrive policy does not contain mandatory attribute: {}.", name)));
  }
  const std::string counted = count->is_string() ? std::string(count->get_string()) : to_text(*count);
  const auto receives = whole_number<int64_t>(counted);
  if (!receives || *receives < 1 || *receives > limits::kReceivesMax) {
    return fail(invalid_redrive(
        text,
        fmt::format("Invalid value for maxReceiveCount: {}, valid values are from 1 to {} both inclusive.",
                    counted, limits::kReceivesMax)));
  }
  if (!target->is_string() || !QueueRef::of_arn(target->get_string())) {
    return fail(invalid_redrive(text, "Invalid value for deadLetterTargetArn."));
  }
  queue.dead_letter_arn = target->get_string();
  queue.receives_max = *receives;
  return {};
}

Status set_redrive_allow(QueueRecord& queue, const std::string& text) {
  queue.redrive_allow = text;
  if (text.empty()) return {};
  const auto invalid = [&](std::string_view reason) {
    return fail(errors::invalid_value(text, "RedriveAllowPolicy", reason));
  };
  const auto parsed = parse_json(text);
  const json::object* policy = parsed ? parsed->if_object() : nullptr;
  if (!policy) return invalid("Redrive allow policy is not a valid JSON map.");
  const json::value* permission = policy->if_contains("redrivePermission");
  if (!permission || !permission->is_string()) {
    return invalid("Redrive allow policy does not contain mandatory attribute: redrivePermission.");
  }
  const std::string_view kind = permission->get_string();
  if (kind != "allowAll" && kind != "denyAll" && kind != "byQueue") {
    return invalid("Invalid value for redrivePermission, valid values are: allowAll, denyAll, byQueue.");
  }
  const json::value* sources = policy->if_contains("sourceQueueArns");
  if ((kind == "byQueue") != (sources != nullptr)) {
    return invalid("sourceQueueArns is needed with redrivePermission byQueue, and with no other.");
  }
  if (sources && (!sources->is_array() || sources->get_array().size() > limits::kSourceQueuesMax)) {
    return invalid(fmt::format("sourceQueueArns is a list of at most {} ARNs.", limits::kSourceQueuesMax));
  }
  return {};
}

Status set_policy(QueueRecord& queue, const std::string& text) {
  queue.policy = text;
  if (text.empty()) return {};
  const auto policy = identity::Policy::parse(text, identity::PolicyKind::kResource);
  if (!policy || policy->statements().size() > limits::kStatementsMax)
    return fail(errors::invalid_attribute("Policy"));
  return {};
}

Status set_flag(const std::string& text, std::string_view name, std::string& value) {
  if (text != "true" && text != "false") return fail(errors::invalid_attribute(name));
  value = text;
  return {};
}

Status set_encryption(QueueRecord& queue, const AttributeTexts& given) {
  const auto key = given.find("KmsMasterKeyId");
  const auto managed = given.find("SqsManagedSseEnabled");
  if (const auto reuse = given.find("KmsDataKeyReusePeriodSeconds"); reuse != given.end()) {
    constexpr int64_t kMin = 60, kMax = 86'400;
    const auto seconds = whole_number<int64_t>(reuse->second);
    if (!seconds || *seconds < kMin || *seconds > kMax) return fail(errors::invalid_attribute(reuse->first));
    queue.kms_reuse_s = reuse->second;
  }
  if (managed != given.end()) {
    TRY_SYNC_VOID(set_flag(managed->second, managed->first, queue.managed_sse));
    if (managed->second == "true" && key != given.end() && !key->second.empty()) {
      return fail(
          errors::invalid_attribute_value("You can use one type of server-side encryption (SSE) at one time. "
                                          "You can either enable KMS SSE or SQS SSE."));
    }
    if (managed->second == "true") queue.kms_key.clear();
  }
  if (key != given.end()) {
    queue.kms_key = key->second;
    if (!key->second.empty()) queue.managed_sse = "false";
  }
  return {};
}

Status set_fifo(QueueRecord& queue, const AttributeTexts& given, bool creating) {
  if (const auto type = given.find("FifoQueue"); type != given.end()) {
    std::string value;
    TRY_SYNC_VOID(set_flag(type->second, type->first, value));
    if (!creating && (value == "true") != queue.fifo) {
      return fail(errors::invalid_attribute(type->first, "Modifying queue type is not supported."));
    }
    if (creating && type->second != "true") return fail(errors::unknown_attribute(type->first));
    if (creating) queue.fifo = true;
  }
  if (const auto by_content = given.find("ContentBasedDeduplication"); by_content != given.end()) {
    if (!queue.fifo) return fail(errors::unknown_attribute(by_content->first));
    std::string value;
    TRY_SYNC_VOID(set_flag(by_content->second, by_content->first, value));
    queue.by_content = value == "true";
  }
  const auto choose = [&](std::string_view name, std::array<std::string_view, 2> values,
                          std::string& field) -> Status {
    const auto found = given.find(std::string(name));
    if (found == given.end()) return {};
    if (!queue.fifo) {
      return fail(errors::invalid_attribute_name(
          fmt::format("You can specify the {} only when FifoQueue is set to true.", name)));
    }
    if (std::ranges::find(values, found->second) == values.end())
      return fail(errors::invalid_attribute(name));
    field = found->second;
    return {};
  };
  TRY_SYNC_VOID(choose("DeduplicationScope", {"queue", "messageGroup"}, queue.deduplication_scope));
  TRY_SYNC_VOID(choose("FifoThroughputLimit", {"perQueue", "perMessageGroupId"}, queue.throughput_limit));
  if (queue.throughput_limit == "perMessageGroupId" && !queue.by_group()) {
    return fail(errors::invalid_attribute(
        "FifoThroughputLimit",
        "perMessageGroupId is only allowed when DeduplicationScope is set to messageGroup."));
  }
  return {};
}

}  // namespace

Status check_name(std::string_view name, bool fifo) {
  constexpr std::string_view kSuffix = ".fifo";
  const bool suffixed = name.ends_with(kSuffix);
  const std::string_view stem = fifo && suffixed ? name.substr(0, name.size() - kSuffix.size()) : name;
  const bool plain =
      std::ranges::all_of(stem, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
  if (plain && !stem.empty() && name.size() <= limits::kNameMax && suffixed == fifo) return {};
  if (fifo) {
    return fail(
        errors::invalid_parameter("The name of a FIFO queue can only include alphanumeric characters, "
                                  "hyphens, or underscores, must end with .fifo "
                                  "suffix and be 1 to 80 in length."));
  }
  return fail(errors::invalid_parameter(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"));
}

bool is_count(std::string_view name) {
  return std::ranges::find(kCounts, name) != std::end(kCounts);
}
bool is_attribute(std::string_view name) {
  return is_count(name) || std::ranges::find(kOthers, name) != std::end(kOthers) ||
         std::ranges::find(kNumbers, name, &Number::name) != std::end(kNumbers);
}

Status apply(QueueRecord& queue, const AttributeTexts& given, bool creating) {
  constexpr std::string_view kReadOnly[] = {"All", "QueueArn", "CreatedTimestamp", "LastModifiedTimestamp"};
  for (const auto& [name, text] : given) {
    const bool fixed = is_count(name) || std::ranges::find(kReadOnly, name) != std::end(kReadOnly);
    if (fixed || !is_attribute(name)) return fail(errors::unknown_attribute(name));
  }
  TRY_SYNC_VOID(set_fifo(queue, given, creating));
  for (const Number& attribute : kNumbers) {
    const auto found = given.find(std::string(attribute.name));
    if (found != given.end()) TRY_SYNC_VOID(set_number(queue, attribute, found->second));
  }
  const auto with = [&](const char* name, auto set) -> Status {
    const auto found = given.find(name);
    return found == given.end() ? Status() : set(queue, found->second);
  };
  TRY_SYNC_VOID(with("RedrivePolicy", set_redrive));
  TRY_SYNC_VOID(with("RedriveAllowPolicy", set_redrive_allow));
  TRY_SYNC_VOID(with("Policy", set_policy));
  return set_encryption(queue, given);
}

Async<void> check_redrive(store::Transaction& tx, QueueRef source, const QueueRecord& queue) {
  const auto ref = QueueRef::of_arn(queue.dead_letter_arn);
  if (!ref) co_return {};
  TRY(const auto target, co_await Tables(tx, *ref).queues.get(store::Key(ref->name)));
  if (!target || ref->region != source.region) {
    co_return invalid_redrive(queue.redrive, "Dead letter target does not exist.");
  }
  if (target->fifo != queue.fifo) {
    co_return invalid_redrive(queue.redrive, "Dead-letter queue must be same type of queue as the source.");
  }
  if (target->redrive_allow.empty()) co_return {};
  const auto allow = parse_json(target->redrive_allow);
  const json::object* policy = allow ? allow->if_object() : nullptr;
  const json::value* kind = policy ? policy->if_contains("redrivePermission") : nullptr;
  bool allowed = kind && *kind == "allowAll";
  if (kind && *kind == "byQueue") {
    const json::value* sources = policy->if_contains("sourceQueueArns");
    for (const json::value& each : sources ? sources->as_array() : json::array()) {
      allowed = allowed || (each.is_string() && each.get_string() == source.arn());
    }
  }
  if (!allowed) {
    co_return invalid_redrive(queue.redrive,
                              "Queue is not permitted by the dead-letter queue's redrive allow policy.");
  }
  co_return {};
}

AttributeTexts texts_of(const QueueRecord& queue, const QueueRef& ref) {
  AttributeTexts texts = {{"QueueArn", ref.arn()},
                          {"CreatedTimestamp", std::to_string(queue.created_s)},
                          {"LastModifiedTimestamp", std::to_string(queue.modified_s)}};
  for (const Number& attribute : kNumbers)
    texts.emplace(attribute.name, std::to_string(queue.*attribute.field));
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) texts.emplace(name, text);
  };
  add("RedrivePolicy", queue.redrive);
  add("RedriveAllowPolicy", queue.redrive_allow);
  add("Policy", queue.policy);
  add("KmsMasterKeyId", queue.kms_key);
  add("KmsDataKeyReusePeriodSeconds", queue.kms_reuse_s);
  if (!queue.kms_key.empty()) add("KmsDataKeyReusePeriodSeconds", "300");  // unless another was given
  add("SqsManagedSseEnabled", queue.managed_sse.empty() ? "true" : queue.managed_sse);
  if (queue.fifo) {
    add("FifoQueue", "true");
    add("ContentBasedDeduplication", queue.by_content ? "true" : "false");
    add("DeduplicationScope", queue.deduplication_scope.empty() ? "queue" : queue.deduplication_scope);
    add("FifoThroughputLimit", queue.throughput_limit.empty() ? "perQueue" : queue.throughput_limit);
  }
  return texts;
}

}  // namespace hearth::services::sqs
