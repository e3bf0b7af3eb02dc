// Receipt handles: what was received, by which receive, sealed with the server's key. Nothing is stored for
// them.
#pragma once
#include <string>

#include "services/sqs/records.h"

namespace hearth::services::sqs {

struct Handle {
  uint64_t queue = 0;  // QueueRecord::id
  uint64_t contents = 0;
  MessageKey message;
  int64_t receives = 0;  // of the message, this one included
  bool operator==(const Handle&) const = default;
};

class Handles {
 public:
  explicit Handles(std::string_view server_key);
  std::string seal(const Handle& handle) const;
  // "ReceiptHandleIsInvalid" for what this server did not seal, or of another queue.
  Result<Handle> open(std::string_view text, const QueueRecord& queue) const;

 private:
  std::string key_;
};

}  // namespace hearth::services::sqs
