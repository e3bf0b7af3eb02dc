// A message on its way in: what it may look like, and what its sender learns.
#pragma once
#include <optional>
#include <string>

#include "api/sqs.h"
#include "services/sqs/records.h"

namespace hearth::services::sqs {

// Of groups, of deduplication, of attempts to receive.
bool is_id(std::string_view text);

struct NewMessage {
  std::string body;
  Attributes attributes = {};
  Attributes system_attributes = {};  // AWSTraceHeader
  std::optional<int64_t> delay_s = {};
  std::optional<std::string> group = {};
  std::optional<std::string> deduplication_id = {};
  std::string sender_id = {};

  size_t size_bytes() const;  // as it counts for the limits
};

struct SentMessage {
  std::string id;
  std::string body_md5;
  std::string attributes_md5;  // empty without any
  std::string system_attributes_md5;
  std::string sequence;  // FIFO
};

// The errors of SendMessage, but for the size. Fills in nothing.
Status check(const NewMessage& message, const QueueRecord& queue);

// The attributes of a request; the error says which is not as it must be.
template <typename Values>
Result<Attributes> attributes_of(const std::optional<Values>& given);
extern template Result<Attributes> attributes_of(
    const std::optional<std::map<std::string, api::sqs::MessageAttributeValue>>& given);
extern template Result<Attributes> attributes_of(
    const std::optional<std::map<std::string, api::sqs::MessageSystemAttributeValue>>& given);

// "00000000-0000-0000-0000-000000000000" of 16 bytes.
std::string uuid_text(std::string_view bytes);
// FIFO queues count up in 20 digits.
std::string sequence_text(int64_t sequence);

}  // namespace hearth::services::sqs
