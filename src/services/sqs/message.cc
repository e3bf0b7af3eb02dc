#include "services/sqs/message.h"

#include "base/ascii.h"
#include "base/encoding.h"
#include "services/sqs/errors.h"

namespace hearth::services::sqs {
namespace {

constexpr std::string_view kTraceHeader = "AWSTraceHeader";

// The characters of XML 1.0.
bool has_only_characters_of_xml(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return false;
    // U+FFFE and U+FFFF.
    if (byte == 0xef && text.substr(at, 2) == "\xef\xbf" &&
        static_cast<unsigned char>(text[at + 2]) >= 0xbe) {
      return false;
    }
  }
  return true;
}

Status check_attribute_name(std::string_view name) {
  if (name.empty()) {
    return fail(errors::invalid_parameter("The request must contain non-empty message attribute names."));
  }
  if (name.size() > limits::kAttributeNameMax) {
    return fail(errors::invalid_parameter("Message (user) attribute names must be shorter than 256 Bytes"));
  }
  const bool plain = std::ranges::all_of(
      name, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; });
  if (!plain) {
    return fail(errors::invalid_parameter(
        "Message (user) attributes name can only contain upper and lower score characters, digits, periods, "
        "hyphens and underscores. "));
  }
  const std::string lower = to_lower(name);
  const bool reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
  if (!reserved && name.front() != '.' && name.back() != '.' && !name.contains("..")) return {};
  return fail(
      errors::invalid_parameter("You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. "
                                "These strings are reserved for "
                                "internal use. Additionally, they cannot start or end with '.'."));
}

Status check_fifo(const NewMessage& message, const QueueRecord& queue) {
  if (!message.group) return fail(errors::missing("MessageGroupId"));
  if (message.delay_s.value_or(0) != 0) {
    return fail(errors::not_for_this_queue(std::to_string(*message.delay_s), "DelaySeconds"));
  }
  if (!message.deduplication_id && !queue.by_content) return fail(errors::no_deduplication());
  return {};
}

Status check_number(std::string_view name, std::string_view text) {
  size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  bool digits = false;
  bool point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      digits = true;
    } else if (c == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (digits && at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    digits = at < text.size() && text.find_first_not_of("0123456789", at) == std::string_view::npos;
    at = text.size();
  }
  if (digits && at == text.size()) return {};
  return fail(errors::invalid_parameter(
      fmt::format("Can't cast the value of message (user) attribute '{}' to a number.", name)));
}

}  // namespace

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > limits::kIdMax) return false;
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

size_t NewMessage::size_bytes() const {
  size_t bytes = body.size();
  for (const Attributes* each : {&attributes, &system_attributes}) {
    for (const auto& [name, attribute] : *each)
      bytes += name.size() + attribute.type.size() + attribute.value.size();
  }
  return bytes;
}

Status check(const NewMessage& message, const QueueRecord& queue) {
  if (message.body.empty()) return fail(errors::missing("MessageBody"));
  if (!has_only_characters_of_xml(message.body)) return fail(errors::bad_characters());
  for (const auto& [name, attribute] : message.attributes) {
    if (!attribute.binary() && !has_only_characters_of_xml(attribute.value)) {
      return fail(errors::invalid_parameter(errors::bad_characters().message));
    }
  }
  if (message.delay_s && (*message.delay_s < 0 || *message.delay_s > limits::kDelayMaxS)) {
    return fail(
        errors::invalid_value(std::to_string(*message.delay_s), "DelaySeconds",
                              fmt::format("DelaySeconds must be >= 0 and <= {}.", limits::kDelayMaxS)));
  }
  if (message.group && !is_id(*message.group))
    return fail(errors::invalid_id(*message.group, "MessageGroupId"));
  if (message.deduplication_id && !is_id(*message.deduplication_id)) {
    return fail(errors::invalid_id(*message.deduplication_id, "MessageDeduplicationId"));
  }
  if (queue.fifo) return check_fifo(message, queue);
  if (message.deduplication_id) {
    return fail(errors::not_for_this_queue(*message.deduplication_id, "MessageDeduplicationId"));
  }
  return {};
}

template <typename Values>
Result<Attributes> attributes_of(const std::optional<Values>& given) {
  constexpr bool kSystem =
      std::is_same_v<typename Values::mapped_type, api::sqs::MessageSystemAttributeValue>;
  Attributes attributes;
  if (!given) return attributes;
  if (!kSystem && given->size() > limits::kAttributesMax) {
    return fail(errors::invalid_parameter(
        fmt::format("Number of message attributes [{}] exceeds the allowed maximum [{}].", given->size(),
                    limits::kAttributesMax)));
  }
  for (const auto& [name, value] : *given) {
    const std::string_view kind = kSystem ? "system" : "user";
    if (!kSystem) TRY_SYNC_VOID(check_attribute_name(name));
    if (kSystem && name != kTraceHeader) {
      return fail(
          errors::invalid_parameter(fmt::format("Message system attribute name '{}' is invalid.", name)));
    }
    const std::string full_type = value.data_type.value_or("");
    const std::string type = full_type.substr(0, full_type.find('.'));
    if (type.empty()) {
      return fail(errors::invalid_parameter(
          fmt::format("Message ({}) attribute '{}' must contain a non-empty attribute type.", kind, name)));
    }
    if ((type != "String" && type != "Number" && type != "Binary") || (kSystem && type != "String")) {
      return fail(errors::invalid_parameter(fmt::format(
          "The type of message ({}) attribute '{}' is invalid. You must use only the following supported "
          "type prefixes: Binary, Number, String.",
          kind, name)));
    }
    if (value.string_list_values || value.binary_list_values) {
      return fail(
          errors::unsupported_operation("Message attribute list values in SendMessage are not supported."));
    }
    const bool binary = type == "Binary";
    const auto& content = binary ? value.binary_value : value.string_value;
    if (!content || content->empty()) {
      return fail(errors::invalid_parameter(
          fmt::format("Message ({}) attribute '{}' must contain a non-empty value of type '{}'.", kind, name,
                      binary ? "Binary" : "String")));
    }
    if (type == "Number") TRY_SYNC_VOID(check_number(name, *content));
    attributes.emplace(name, AttributeRecord{.type = full_type, .value = *content});
  }
  return attributes;
}

template Result<Attributes> attributes_of(
    const std::optional<std::map<std::string, api::sqs::MessageAttributeValue>>& given);
template Result<Attributes> attributes_of(
    const std::optional<std::map<std::string, api::sqs::MessageSystemAttributeValue>>& given);

std::string uuid_text(std::string_view bytes) {
  std::string text = hex_encode(bytes);
  for (const size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

std::string sequence_text(int64_t sequence) {
  return fmt::format("{:020}", sequence);
}

}  // namespace hearth::services::sqs
