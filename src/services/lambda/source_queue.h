// A queue as an event source: SQS's operations, called by name as the function's execution role.
#pragma once
#include <vector>

#include "base/json.h"
#include "services/lambda/parts.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class SourceQueue {
 public:
  SourceQueue(const Parts& parts, FunctionRef function, std::string arn);

  // Errors of check_rights() and visibility_seconds() are in Lambda's words for whoever configures a mapping.
  Async<void> check_rights(std::string role_arn) const;
  Async<int64_t> visibility_seconds(std::string role_arn) const;

  // Messages as ReceiveMessage gives them.
  Async<std::vector<json::object>> receive(std::string role_arn, int64_t count_max,
                                           int64_t wait_seconds) const;
  // Any number of handles. What could not be deleted comes again, and is in the log.
  Async<void> remove(std::string role_arn, std::vector<std::string> receipt_handles) const;

 private:
  Async<json::object> call(std::string role_arn, std::string operation, json::object input) const;

  const Parts& parts_;
  const wire::Router& router_;
  const FunctionRef function_;
  const std::string arn_;
  const std::string url_;
};

}  // namespace hearth::services::lambda
