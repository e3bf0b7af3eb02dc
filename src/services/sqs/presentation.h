// How a message looks to its receiver: it sees of it what it asks for.
#pragma once
#include <set>
#include <string>

#include "api/sqs.h"
#include "services/sqs/claims.h"

namespace hearth::services::sqs {

class Selection {
 public:
  // "InvalidAttributeName" for a system attribute that there is not.
  static Result<Selection> of(const api::sqs::ReceiveMessageRequest& input);
  api::sqs::Message present(const Claim& claim, MessageRecord record, std::string handle) const;

 private:
  bool selects(const std::string& attribute) const;

  bool all_system_ = false;
  std::set<std::string, std::less<>> system_;
  bool all_ = false;
  std::set<std::string, std::less<>> names_;
  std::vector<std::string> prefixes_;
};

}  // namespace hearth::services::sqs
