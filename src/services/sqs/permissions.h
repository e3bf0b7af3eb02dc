// AddPermission and RemovePermission: statements of a queue's policy by their labels.
#pragma once
#include "api/sqs.h"
#include "services/sqs/parts.h"
#include "services/sqs/queue_ref.h"
#include "wire/router.h"

namespace hearth::services::sqs {

// A policy with one more statement, or one less; empty when none is left. Errors: those of the operations.
Result<std::string> with_statement(const std::string& policy, const QueueRef& queue,
                                   const api::sqs::AddPermissionRequest& statement);
Result<std::string> without_statement(const std::string& policy, const std::string& label);

class Permissions {
 public:
  explicit Permissions(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::sqs::ops::AddPermission::Output> add(const wire::Call& call,
                                                  api::sqs::AddPermissionRequest input);
  Async<api::sqs::ops::RemovePermission::Output> remove(const wire::Call& call,
                                                        api::sqs::RemovePermissionRequest input);

 private:
  Parts parts_;
};

}  // namespace hearth::services::sqs
