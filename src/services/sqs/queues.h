// Operations on queues: their life, attributes and tags.
#pragma once
#include "api/sqs.h"
#include "services/sqs/attributes.h"
#include "services/sqs/parts.h"
#include "wire/router.h"

namespace hearth::services::sqs {

class Queues {
 public:
  explicit Queues(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  using Call = wire::Call;
  Async<api::sqs::CreateQueueResult> create(const Call& call, api::sqs::CreateQueueRequest input);
  Async<api::sqs::ops::DeleteQueue::Output> remove(const Call& call, api::sqs::DeleteQueueRequest input);
  Async<api::sqs::GetQueueUrlResult> url(const Call& call, api::sqs::GetQueueUrlRequest input);
  Async<api::sqs::ListQueuesResult> list(const Call& call, api::sqs::ListQueuesRequest input);
  Async<api::sqs::GetQueueAttributesResult> attributes(const Call& call,
                                                       api::sqs::GetQueueAttributesRequest input);
  Async<api::sqs::ops::SetQueueAttributes::Output> set_attributes(const Call& call,
                                                                  api::sqs::SetQueueAttributesRequest input);
  Async<api::sqs::ops::PurgeQueue::Output> purge(const Call& call, api::sqs::PurgeQueueRequest input);

 private:
  Async<AttributeTexts> counts(store::Transaction& tx, const QueueRecord& queue) const;

  Parts parts_;
};

}  // namespace hearth::services::sqs
