// ReceiveMessage, and what its receiver may do with a message: delete it, or change its visibility.
#pragma once
#include "api/sqs.h"
#include "services/sqs/attempts.h"
#include "services/sqs/presentation.h"
#include "services/sqs/receipts.h"
#include "services/sqs/receivers.h"
#include "wire/router.h"

namespace hearth::services::sqs {

class Receiving {
 public:
  Receiving(Parts parts, Receivers& receivers, const Handles& handles)
      : parts_(parts),
        receivers_(receivers),
        handles_(handles),
        receipts_(parts.clock, handles),
        attempts_(parts, handles_, receipts_) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::sqs::ReceiveMessageResult> receive(const Call& call, api::sqs::ReceiveMessageRequest input);
  Async<api::sqs::ops::DeleteMessage::Output> remove(const Call& call, api::sqs::DeleteMessageRequest input);
  Async<api::sqs::DeleteMessageBatchResult> remove_batch(const Call& call,
                                                         api::sqs::DeleteMessageBatchRequest input);
  Async<api::sqs::ops::ChangeMessageVisibility::Output> change_visibility(
      const Call& call, api::sqs::ChangeMessageVisibilityRequest input);
  Async<api::sqs::ChangeMessageVisibilityBatchResult> change_visibility_batch(
      const Call& call, api::sqs::ChangeMessageVisibilityBatchRequest input);

 private:
  // What a receiver asks for, made of its request.
  struct Plan {
    QueueRef ref;
    uint64_t queue_id = 0;
    Want want;
    std::string attempt;  // empty: it is not tried again
    std::chrono::seconds wait{0};
    Selection selection;
    std::optional<Received> again;  // what the attempt got before
  };
  // What is passed outlives the tasks.
  Async<Plan> make_plan(const Call& call, const api::sqs::ReceiveMessageRequest& input) const;
  Async<api::sqs::ReceiveMessageResult> present(const Plan& plan, Result<Received> found) const;

  Parts parts_;
  Receivers& receivers_;
  const Handles& handles_;
  Receipts receipts_;
  Attempts attempts_;
};

}  // namespace hearth::services::sqs
