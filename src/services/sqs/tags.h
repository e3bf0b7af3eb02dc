// Tags of queues.
#pragma once
#include "api/sqs.h"
#include "services/sqs/parts.h"
#include "services/sqs/queue_ref.h"
#include "wire/router.h"

namespace hearth::services::sqs {

// The errors of TagQueue and CreateQueue for tags that a queue of this name cannot have, all together.
Status check_tags(const Tags& tags, std::string_view queue);

class QueueTags {
 public:
  explicit QueueTags(Parts parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::sqs::ops::TagQueue::Output> tag(const wire::Call& call, api::sqs::TagQueueRequest input);
  Async<api::sqs::ops::UntagQueue::Output> untag(const wire::Call& call, api::sqs::UntagQueueRequest input);
  Async<api::sqs::ListQueueTagsResult> list(const wire::Call& call, api::sqs::ListQueueTagsRequest input);

 private:
  Parts parts_;
};

}  // namespace hearth::services::sqs
